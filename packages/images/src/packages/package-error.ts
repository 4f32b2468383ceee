export type PackageErrorCode =
  /** Not what its name says, or broken. */
  | "malformed"
  /** More than the limits allow. */
  | "limit"
  /** A form that we do not read. */
  | "unsupported";

/** Why a package database or declaration could not be read. It becomes a blind spot of the inventory. */
export class PackageError extends Error {
  readonly code: PackageErrorCode;
  constructor(code: PackageErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "PackageError";
    this.code = code;
  }
}
