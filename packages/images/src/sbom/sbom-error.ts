export type SbomErrorCode = "malformed" | "unsupported" | "limit";

/** Why a document could not be read as an inventory. */
export class SbomError extends Error {
  readonly code: SbomErrorCode;
  constructor(code: SbomErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SbomError";
    this.code = code;
  }
}
