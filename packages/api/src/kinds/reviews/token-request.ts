import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { TokenRequest } from "../../generated/types.ts";

const hour = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;

/** An hour unless said. `audiences` are those of the API server itself where the client names none. */
export function defaultTokenRequest(request: TokenRequest, audiences: readonly string[]): void {
  request.spec ??= { audiences: [] };
  request.spec.expirationSeconds ??= hour;
  if ((request.spec.audiences ?? []).length === 0) request.spec.audiences = [...audiences];
}

/** Rules of a request for the token of the ServiceAccount of that name. */
export function validateTokenRequest(request: TokenRequest, account: string): FieldError[] {
  const name = request.metadata?.name ?? "";
  // Upstream looks at the name first and stops there.
  if (name !== "" && name !== account) {
    return [field.invalid("metadata.name", name, "must match the service account name if specified")];
  }
  const seconds = request.spec?.expirationSeconds ?? hour;
  const path = "spec.expirationSeconds";
  if (seconds < minSeconds) return [field.invalid(path, seconds, "may not specify a duration less than 10 minutes")];
  return seconds > maxSeconds
    ? [field.invalid(path, seconds, "may not specify a duration larger than 2^32 seconds")]
    : [];
}
