import { internalError, StatusError } from "@bulkhead/api";
import { type Authenticator, authenticate, bearerOf } from "../authentication/authenticator.ts";
import { impersonate } from "../authentication/impersonation.ts";
import type { User } from "../authentication/user.ts";
import { attributesOf, requireAccess } from "../authorization/require.ts";
import { readBody } from "../http/body.ts";
import type { Exchange } from "../http/exchange.ts";
import type { FlightClass, InFlight } from "../http/in-flight.ts";
import type { HttpLimits } from "../http/limits.ts";
import { send } from "../http/send.ts";
import type { BoundPod } from "../identity-use/identity-signal.ts";
import type { IdentityWatch } from "../identity-use/watch-identities.ts";
import { registryCredential, registryTokenPath } from "../registry-token/basic-password.ts";
import { isForm, type TokenForm } from "../registry-token/token-form.ts";
import type { ApiServices } from "../resources/services.ts";
import { inFormat } from "./answer-format.ts";
import { type Answer, type ApiRequest, type Handler, jsonAnswer, textAnswer } from "./api-request.ts";
import { AuditEntry, isCritical } from "./audit-entry.ts";
import { noSuchPath, PlainTextError } from "./errors.ts";
import { acceptedFormat, negotiate } from "./negotiate.ts";
import type { RefusalCounter } from "./refusal-counter.ts";
import type { RequestCounters } from "./request-counters.ts";
import { isLongRunning, parseRequest, type RequestInfo } from "./request-info.ts";
import { warningHeaders } from "./warnings.ts";

export interface JourneyOptions {
  readonly services: ApiServices;
  readonly authenticators: readonly Authenticator[];
  readonly limits: HttpLimits;
  readonly inFlight: InFlight;
  readonly counters: RequestCounters;
  readonly refusals: RefusalCounter;
  readonly dispatch: Handler;
  readonly signal: AbortSignal;
  readonly identities: IdentityWatch;
  /** Reads what asks for a registry's token with the credential in its body; absent: no tokens are given. */
  readonly tokenForm?: (exchange: Exchange) => Promise<TokenForm>;
}

/** The journey of a request: each step is one function; reading them in order reads the server. */
export async function serve(options: JourneyOptions, exchange: Exchange): Promise<void> {
  const { services, limits } = options;
  const started = services.now();
  const audit = new AuditEntry(
    exchange.url,
    exchange.peer.address,
    String(exchange.headers["user-agent"] ?? ""),
    started,
  );
  const warnings: string[] = [];
  let code = 500;
  let info: RequestInfo | undefined;
  let flight: FlightClass | undefined;
  try {
    info = understand(exchange);
    flight = enterLimits(options, info);
    audit.about(info);
    audit.critical = isCritical(info);
    const form = showsInBody(exchange, info) ? await options.tokenForm?.(exchange) : undefined;
    const requester = knowUser(options, exchange, info, form, started, audit.id);
    audit.by(requester);
    options.identities.used(requester, info, exchange.peer.address, audit.id);
    const user = becomeAnother(services, exchange, requester, info, audit);
    authorize(services, user, info, audit);
    const answer = await options.dispatch(request(options, exchange, info, user, audit, warnings, form));
    code = answer.answer === "body" ? answer.code : 200;
    await closeAudit(services, audit, info, code, undefined);
    await encode(exchange, inFormat(answer, acceptedFormat(exchange.headers.accept)), warnings, audit, limits);
  } catch (error) {
    options.refusals.count(error);
    code = await fail(options, exchange, audit, info, error, warnings);
  } finally {
    if (flight !== undefined) options.inFlight.leave(flight);
    options.counters.count(info, code, services.now() - started);
  }
}

function understand(exchange: Exchange): RequestInfo {
  const info = parseRequest(exchange.method, exchange.url);
  if (info === undefined) throw noSuchPath();
  return info;
}

function enterLimits(options: JourneyOptions, info: RequestInfo): FlightClass {
  const reading = info.verb === "get" || info.verb === "list" || info.verb === "head" || info.verb === "options";
  const flight = isLongRunning(info) ? "long-running" : reading ? "read" : "write";
  options.inFlight.enter(flight);
  return flight;
}

/** Whether who asks is known by the body alone: clients of registries show a credential so. */
const showsInBody = (exchange: Exchange, info: RequestInfo): boolean =>
  info.path === registryTokenPath &&
  info.verb === "post" &&
  exchange.headers.authorization === undefined &&
  isForm(exchange.headers["content-type"]);

function knowUser(
  options: JourneyOptions,
  exchange: Exchange,
  info: RequestInfo,
  form: TokenForm | undefined,
  now: number,
  auditID: string,
): User {
  const { authorization } = exchange.headers;
  const afterPod = (pod: BoundPod): void => options.identities.usedAfterPod(pod, exchange.peer.address, auditID);
  if (form?.bearer !== undefined) {
    const peer = { ...exchange.peer, certificate: undefined };
    return authenticate(options.authenticators, { peer, bearer: form.bearer, now }, true, afterPod);
  }
  if (info.path === registryTokenPath && authorization !== undefined) {
    // A node's runtime shows its certificate beside a pod's pull secret: it is the secret that asks.
    const peer = { ...exchange.peer, certificate: undefined };
    const bearer = registryCredential(authorization);
    return authenticate(options.authenticators, { peer, bearer, now }, true, afterPod);
  }
  return authenticate(
    options.authenticators,
    { peer: exchange.peer, bearer: bearerOf(authorization), now },
    authorization !== undefined,
    afterPod,
  );
}

function becomeAnother(
  services: ApiServices,
  exchange: Exchange,
  requester: User,
  info: RequestInfo,
  audit: AuditEntry,
): User {
  const user = impersonate(services.authorizer, requester, exchange.headers, attributesOf(requester, info));
  if (user === undefined) return requester;
  audit.as(user);
  return user;
}

function authorize(services: ApiServices, user: User, info: RequestInfo, audit: AuditEntry): void {
  audit.annotate("authorization.k8s.io/decision", "forbid");
  const { reason } = requireAccess(services.authorizer, attributesOf(user, info));
  audit.annotate("authorization.k8s.io/decision", "allow");
  audit.annotate("authorization.k8s.io/reason", reason);
}

function request(
  options: JourneyOptions,
  exchange: Exchange,
  info: RequestInfo,
  user: User,
  audit: AuditEntry,
  warnings: string[],
  form: TokenForm | undefined,
): ApiRequest {
  return {
    services: options.services,
    exchange,
    info,
    user,
    audit,
    representation: negotiate(exchange.headers.accept),
    body: () => (form === undefined ? readBody(exchange, options.limits) : Promise.resolve(form.bytes)),
    warn: (text) => {
      if (!warnings.includes(text)) warnings.push(text);
    },
    stallDeadline: options.limits.stallDeadline,
    signal: options.signal,
  };
}

const healthPaths = new Set(["/healthz", "/livez", "/readyz"]);

/** Every request is recorded, apart from health probes that go well: they come every few seconds and say nothing. */
async function closeAudit(
  services: ApiServices,
  audit: AuditEntry,
  info: RequestInfo | undefined,
  code: number,
  reason: string | undefined,
): Promise<void> {
  if (code === 200 && info !== undefined && healthPaths.has(info.path)) return;
  await audit.close(services.store, code, reason);
}

async function encode(
  exchange: Exchange,
  answer: Answer,
  warnings: readonly string[],
  audit: AuditEntry,
  limits: HttpLimits,
): Promise<void> {
  const headers = {
    "audit-id": audit.id,
    "cache-control": "no-cache, private",
    ...warningHeaders(warnings),
  };
  if (answer.answer === "stream") {
    await answer.run(headers);
    return;
  }
  await send(
    exchange,
    answer.code,
    { ...headers, "content-type": answer.type, ...answer.headers },
    answer.body,
    limits.stallDeadline,
  );
}

async function fail(
  options: JourneyOptions,
  exchange: Exchange,
  audit: AuditEntry,
  info: RequestInfo | undefined,
  error: unknown,
  warnings: readonly string[],
): Promise<number> {
  const { services, limits } = options;
  if (error instanceof PlainTextError) {
    await closeAudit(services, audit, info, error.code, undefined).catch(() => {});
    await encode(exchange, textAnswer(error.code, error.message), warnings, audit, limits);
    return error.code;
  }
  const status = asStatus(error);
  if (!(error instanceof StatusError))
    services.log.error({ err: error, auditID: audit.id, path: info?.path }, "a request failed unexpectedly");
  await closeAudit(services, audit, info, status.code, status.reason).catch(() => {});
  if (exchange.headSent) exchange.abort();
  else {
    const answer = inFormat(failureAnswer(status), acceptedFormat(exchange.headers.accept));
    await encode(exchange, answer, warnings, audit, limits);
  }
  return status.code;
}

const asStatus = (error: unknown): StatusError =>
  error instanceof StatusError
    ? error
    : internalError("an unexpected failure; the server's log has it under this request's Audit-Id", error);

function failureAnswer(status: StatusError): Answer {
  const body = status.toStatus();
  // A Status about a body that could not be read names no kind.
  if (body.details?.kind === "") delete body.details.kind;
  const answer = jsonAnswer(status.code, body);
  const retry = status.details?.retryAfterSeconds;
  if (answer.answer !== "body" || retry === undefined) return answer;
  return { ...answer, headers: { "retry-after": String(retry) } };
}
