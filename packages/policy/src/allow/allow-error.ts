export type AllowErrorCode = "usage" | "decider" | "rule" | "subject" | "value" | "reason" | "expiry";

/** A `bulkhead allow` command that makes no sense; the message says what to write instead. */
export class AllowError extends Error {
  readonly code: AllowErrorCode;
  constructor(code: AllowErrorCode, message: string) {
    super(message);
    this.name = "AllowError";
    this.code = code;
  }
}
