export type RegistryErrorCode =
  | "unreachable"
  | "unauthorized"
  | "absent"
  | "refused"
  | "digest-mismatch"
  | "malformed"
  | "too-large";

/** Why a registry did not give or take something. The message names registry, repository and what to do. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  constructor(code: RegistryErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "RegistryError";
    this.code = code;
  }
}
