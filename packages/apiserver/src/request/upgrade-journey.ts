import { StatusError } from "@bulkhead/api";
import { authenticate, bearerOf } from "../authentication/authenticator.ts";
import { impersonate } from "../authentication/impersonation.ts";
import { attributesOf, requireAccess } from "../authorization/require.ts";
import type { UpgradeExchange } from "../http/exchange.ts";
import type { AgentDialer } from "../subresources/agent-dialer.ts";
import { admitTunnel, agentPath, isTunnel, openTunnel, tunnelTarget } from "../subresources/tunnel.ts";
import { AuditEntry } from "./audit-entry.ts";
import { noSuchPath, PlainTextError } from "./errors.ts";
import type { JourneyOptions } from "./journey.ts";
import { parseRequest } from "./request-info.ts";

/**
 * The journey of a request that asks to change the protocol: the same steps, then a tunnel. A refusal is an ordinary
 * answer on a connection that is then closed, so that nothing that follows can ride on it.
 */
export async function serveUpgrade(
  options: JourneyOptions,
  dialer: AgentDialer | undefined,
  exchange: UpgradeExchange,
): Promise<void> {
  const { services } = options;
  const now = services.now();
  const audit = new AuditEntry(exchange.url, exchange.peer.address, String(exchange.headers["user-agent"] ?? ""), now);
  audit.critical = true;
  let entered = false;
  exchange.socket.on("error", () => exchange.socket.destroy());
  try {
    const info = parseRequest(exchange.method, exchange.url);
    if (info === undefined || !info.isResource || info.resource !== "pods" || !isTunnel(info.subresource))
      throw noSuchPath();
    options.inFlight.enter("long-running");
    entered = true;
    exchange.socket.once("close", () => options.inFlight.leave("long-running"));
    audit.about(info);
    const { authorization } = exchange.headers;
    const credentials = { peer: exchange.peer, bearer: bearerOf(authorization), now };
    const { address } = exchange.peer;
    const requester = authenticate(options.authenticators, credentials, authorization !== undefined, (pod) =>
      options.identities.usedAfterPod(pod, address, audit.id),
    );
    audit.by(requester);
    options.identities.used(requester, info, address, audit.id);
    const user =
      impersonate(services.authorizer, requester, exchange.headers, attributesOf(requester, info)) ?? requester;
    if (user !== requester) audit.as(user);
    requireAccess(services.authorizer, attributesOf(user, info));
    // A WebSocket opens with GET; entering a pod is `create` whatever the method is.
    requireAccess(services.authorizer, { ...attributesOf(user, info), verb: "create" });
    const kind = services.registry.find(info.group, info.version, info.resource);
    if (kind === undefined) throw noSuchPath();
    const target = tunnelTarget(services, info, info.subresource);
    await admitTunnel(services, kind, info, user);
    await audit.close(services.store, 101, undefined);
    await openTunnel(dialer, exchange, target, agentPath(info, info.subresource, target), options.signal);
  } catch (error) {
    await refuse(options, exchange, audit, error);
    if (!entered) exchange.socket.destroy();
  }
}

async function refuse(
  options: JourneyOptions,
  exchange: UpgradeExchange,
  audit: AuditEntry,
  error: unknown,
): Promise<void> {
  const status =
    error instanceof StatusError
      ? error
      : error instanceof PlainTextError
        ? new StatusError({
            reason: "NotFound",
            message: "the server could not find the requested resource",
            details: {},
          })
        : new StatusError({ reason: "InternalError", message: "Internal error occurred" }, error);
  if (!(error instanceof StatusError) && !(error instanceof PlainTextError))
    options.services.log.error({ err: error, auditID: audit.id }, "an upgrade failed unexpectedly");
  await audit.close(options.services.store, status.code, status.reason).catch(() => {});
  const body = Buffer.from(JSON.stringify(status.toStatus()));
  exchange.socket.end(
    `HTTP/1.1 ${status.code} ${status.reason}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\naudit-id: ${audit.id}\r\n\r\n${body.toString()}`,
  );
}
