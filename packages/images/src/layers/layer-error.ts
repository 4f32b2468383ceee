export type LayerErrorCode =
  /** The bytes have another digest than the one they were asked for by. */
  | "digest-mismatch"
  /** The tar or its compression is broken. */
  | "malformed"
  /** More bytes, entries or nesting than the limits allow. */
  | "limit"
  /** A compression or media type that we do not read. */
  | "unsupported";

/** Why a layer could not be read. The message names the layer and what is wrong with it. */
export class LayerError extends Error {
  readonly code: LayerErrorCode;
  constructor(code: LayerErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "LayerError";
    this.code = code;
  }
}
