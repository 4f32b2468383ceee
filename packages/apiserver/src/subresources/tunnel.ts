import type { Duplex } from "node:stream";
import { badRequest, type KubeObject, type Pod, StatusError } from "@bulkhead/api";
import { validate } from "../admission/admission.ts";
import type { User } from "../authentication/user.ts";
import type { UpgradeExchange } from "../http/exchange.ts";
import { type KindHandler, type KindRequest } from "../request/api-request.ts";
import type { RequestInfo } from "../request/request-info.ts";
import type { RegisteredKind } from "../resources/registry.ts";
import type { ApiServices } from "../resources/services.ts";
import { dialAgent } from "./agent-answer.ts";
import type { AgentDialer } from "./agent-dialer.ts";
import { agentRefusal } from "./agent-refusal.ts";
import { joinStreams } from "./join-streams.ts";
import { containerOf, nodeOf, podNamed } from "./pod-target.ts";

type Tunnel = "exec" | "attach" | "portforward";

export const isTunnel = (subresource: string): subresource is Tunnel =>
  subresource === "exec" || subresource === "attach" || subresource === "portforward";

/** The only headers that reach the agent: no credential, no cookie, no forwarding header (CVE-2018-1002105). */
const passedHeaders = [
  "upgrade",
  "connection",
  "x-stream-protocol-version",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
];

/** WebSocket subprotocols that the runtime's streaming server speaks. Others are refused, so that clients fall back to SPDY. */
const webSocketProtocols = new Set([
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
]);

/** Longest answer head of an agent. */
const maxHead = 16 * 1024;

interface TunnelTarget {
  readonly pod: Pod;
  readonly container: string;
  readonly node: string;
}

/** The pod and container that are meant, running and known; the same checks with and without an upgrade. */
export function tunnelTarget(services: ApiServices, info: RequestInfo, kind: Tunnel): TunnelTarget {
  const pod = podNamed(services.store, info.namespace, info.name);
  const container = kind === "portforward" ? "" : containerOf(pod, info.query.get("container") ?? "");
  return { pod, container, node: nodeOf(pod) };
}

/** exec, attach and portforward without an upgrade: everything is checked, then the upgrade is missed. */
export const tunnelHandler =
  (kind: Tunnel): KindHandler =>
  (request: KindRequest) => {
    tunnelTarget(request.services, request.info, kind);
    throw badRequest("Upgrade request required");
  };

/** Asks admission about a CONNECT: who may enter a pod is more than RBAC's question. */
export async function admitTunnel(
  services: ApiServices,
  kind: RegisteredKind,
  info: RequestInfo,
  user: User,
): Promise<void> {
  const object = podNamed(services.store, info.namespace, info.name) as KubeObject;
  await validate(services.admission, {
    operation: "CONNECT",
    resource: kind.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    object,
    old: object,
    user,
    dryRun: false,
    query: info.query,
    deleteOptions: undefined,
    warn: () => {},
    annotate: () => {},
    alsoWrite: () => {},
    onSettled: () => {},
  });
}

/** The path on the agent's port, kubelet-like. */
export function agentPath(info: RequestInfo, kind: Tunnel, { pod, container }: TunnelTarget): string {
  const segments = [pod.metadata.namespace ?? "", pod.metadata.name ?? "", pod.metadata.uid ?? ""];
  if (kind !== "portforward") segments.push(container);
  const query = new URLSearchParams();
  for (const name of ["command", "stdin", "stdout", "stderr", "tty", "ports", "port"])
    for (const value of info.query.getAll(name)) query.append(name, value);
  const word = kind === "portforward" ? "portForward" : kind;
  return `/${word}/${segments.map(encodeURIComponent).join("/")}?${query.toString()}`;
}

/** The head of the request to the agent. Throws 400 when nothing that is offered can be tunnelled. */
export function agentHead(exchange: Pick<UpgradeExchange, "method" | "headers">, path: string): string {
  const upgrade = String(exchange.headers.upgrade ?? "").toLowerCase();
  const lines = [`${exchange.method} ${path} HTTP/1.1`, "host: agent"];
  for (const name of passedHeaders) {
    const value = exchange.headers[name];
    for (const one of value === undefined ? [] : Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`);
  }
  if (upgrade === "websocket") {
    const offered = String(exchange.headers["sec-websocket-protocol"] ?? "")
      .split(",")
      .map((protocol) => protocol.trim())
      .filter((protocol) => webSocketProtocols.has(protocol));
    if (offered.length === 0)
      throw badRequest("unable to upgrade: none of the WebSocket subprotocols offered is spoken here; SPDY/3.1 is");
    lines.push(`sec-websocket-protocol: ${offered.join(", ")}`);
  } else if (!upgrade.startsWith("spdy/")) throw badRequest(`unable to upgrade to ${JSON.stringify(upgrade)}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Joins client and agent once the agent has agreed to the upgrade; bytes are not looked at. */
export async function openTunnel(
  dialer: AgentDialer | undefined,
  exchange: UpgradeExchange,
  target: TunnelTarget,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const head = agentHead(exchange, path);
  const agent = await dialAgent(dialer, target.node);
  const client = exchange.socket;
  try {
    agent.write(head);
    const answer = await readHead(agent);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer.head)?.[1] ?? 0);
    if (status !== 101) throw await refusedBy(agent, status, answer.behind);
    client.write(answer.head);
    if (answer.behind.length > 0) client.write(answer.behind);
    if (exchange.behind.length > 0) agent.write(exchange.behind);
  } catch (error) {
    agent.destroy();
    throw error;
  }
  const end = (): void => {
    agent.destroy();
    client.destroy();
  };
  signal.addEventListener("abort", end);
  void joinStreams(agent, client).then(() => signal.removeEventListener("abort", end));
}

/** The agent's refusal with its words, of which it is bounded how many and how long they are waited for. */
async function refusedBy(agent: Duplex, status: number, first: Buffer): Promise<StatusError> {
  let text = first.toString("utf8");
  const patience = setTimeout(() => agent.destroy(), 2000);
  try {
    for await (const piece of agent) {
      text += String(piece);
      if (text.length > 4096) break;
    }
  } catch {
    // What came until the connection broke is all that is known.
  } finally {
    clearTimeout(patience);
  }
  return agentRefusal(status, text);
}

/** Reads up to the empty line that ends an answer's head; what came behind it is the tunnel's already. */
function readHead(agent: Duplex): Promise<{ readonly head: string; readonly behind: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const settle = (error?: Error): void => {
      agent.removeListener("data", onData).removeListener("close", onClose).removeListener("error", onClose);
      agent.pause();
      const end = bytes.indexOf("\r\n\r\n");
      if (error === undefined)
        resolve({ head: bytes.subarray(0, end + 4).toString("latin1"), behind: bytes.subarray(end + 4) });
      else reject(new StatusError({ reason: "ServiceUnavailable", message: error.message }));
    };
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.includes("\r\n\r\n")) settle();
      else if (bytes.length > maxHead) settle(new Error("the agent's answer is too long"));
    };
    const onClose = (): void => settle(new Error("the agent ended the connection"));
    agent.on("data", onData).on("close", onClose).on("error", onClose);
  });
}
