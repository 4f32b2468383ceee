/**
 * Why a backup is not taken for one. not-a-backup: no file of ours, or of a version that is not known; wrong-key: what was
 * given does not open it; altered: cut off, damaged, or put together of pieces; malformed: what it says of itself cannot
 * be; too-large: beyond its own size or the room that there is; forged: signed by nobody who may; broken: whole as it was
 * made, and what it holds does not come back.
 */
export type BackupErrorCode =
  | "not-a-backup"
  | "wrong-key"
  | "altered"
  | "malformed"
  | "too-large"
  | "forged"
  | "broken";

/** A backup that cannot be used. The message says what, and what to do. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;
  constructor(code: BackupErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "BackupError";
    this.code = code;
  }
}
