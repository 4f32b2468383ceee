export type SourceErrorCode =
  /** There is no such file, image or platform. */
  | "absent"
  /** It is no image, or a broken one. */
  | "malformed"
  /** Bytes that have another digest than their name says. */
  | "digest-mismatch"
  /** More than the limits allow. */
  | "limit"
  /** A form that we do not read. */
  | "unsupported";

/** Why an image could not be opened. The message names it and what to do. */
export class SourceError extends Error {
  readonly code: SourceErrorCode;
  constructor(code: SourceErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SourceError";
    this.code = code;
  }
}
