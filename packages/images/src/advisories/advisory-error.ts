export type AdvisoryErrorCode =
  /** Not in the form of its kind, or cut off. */
  | "malformed"
  /** Beyond a bound that no honest source reaches. */
  | "too-large"
  /** A mirror did not answer, or not with what was asked for. */
  | "unreachable"
  /** The refresh would shrink its source by a tenth or more: nothing was changed. */
  | "held"
  /** The database is not ours, or of a newer program. */
  | "foreign-database"
  /** Another import is writing the database. */
  | "busy"
  /** Nothing that could be read lies where it was said. */
  | "nothing-there";

/** Why advisories could not be read or taken in. The message names the source and what to do. */
export class AdvisoryError extends Error {
  readonly code: AdvisoryErrorCode;
  constructor(code: AdvisoryErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "AdvisoryError";
    this.code = code;
  }
}
