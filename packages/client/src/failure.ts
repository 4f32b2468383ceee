import { type Status, StatusError, type StatusReason, statusCodes } from "@bulkhead/api";

const isReason = (reason: string | undefined): reason is StatusReason =>
  reason !== undefined && Object.hasOwn(statusCodes, reason);

/** The reason a code goes with when the server named none that we know. */
function reasonOfCode(code: number): StatusReason {
  switch (code) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 405:
      return "MethodNotAllowed";
    case 406:
      return "NotAcceptable";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "RequestEntityTooLarge";
    case 415:
      return "UnsupportedMediaType";
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return "InternalError";
  }
}

/** A Status object of kind Failure as the error it means. */
export function statusError(status: Status, code = status.code ?? 500): StatusError {
  const reason = isReason(status.reason) ? status.reason : reasonOfCode(code);
  return new StatusError({
    reason,
    message: status.message ?? `the server answered ${code}`,
    code,
    ...(status.details === undefined ? {} : { details: status.details }),
  });
}

/** The error of an answer with a code of 400 or more, whatever its body holds. */
export function failureOf(code: number, body: Buffer): StatusError {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null && "kind" in parsed && parsed.kind === "Status")
      return statusError(parsed as Status, code);
  } catch {
    // Not JSON: a proxy's page or a plain line, quoted below.
  }
  const text = body.toString("utf8", 0, 300).trim();
  return new StatusError({
    reason: reasonOfCode(code),
    message: text === "" ? `the server answered ${code} without a message` : text,
    code,
  });
}

/** The server could not be reached, or the connection broke before the answer was whole. */
export const unreachable = (server: string, why: string, cause?: unknown): StatusError =>
  new StatusError({ reason: "ServiceUnavailable", message: `cannot reach the API server at ${server}: ${why}` }, cause);

/** Our own deadline for a request passed. */
export const deadlinePassed = (server: string, milliseconds: number): StatusError =>
  new StatusError({
    reason: "Timeout",
    message: `the API server at ${server} gave no answer within ${milliseconds} ms`,
  });

/** True for a StatusError with one of these reasons. */
export const hasReason = (error: unknown, ...reasons: StatusReason[]): error is StatusError =>
  error instanceof StatusError && reasons.includes(error.reason);
