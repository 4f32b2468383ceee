export type PatchErrorCode =
  /** A signature or hash of the distribution's chain does not hold. */
  | "unverified"
  /** A mirror does not answer. */
  | "unreachable"
  /** A mirror answers that it has no such file. */
  | "absent"
  /** An index, a package or the image's own package database cannot be read. */
  | "malformed"
  /** More than the bounds allow. */
  | "limit"
  /** A base or format that is not patched. */
  | "unsupported";

/** Why an image could not be patched. The message names what and where, and holds no secret. */
export class PatchError extends Error {
  readonly code: PatchErrorCode;
  constructor(code: PatchErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "PatchError";
    this.code = code;
  }
}
