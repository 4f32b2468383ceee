import type { StoreErrorCode } from "./types.ts";

/** The store's one error. `message` says what, where and what to do, and never holds an object's content. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.code = code;
  }
}

/** SQLite's primary result codes that mean something to a caller; the rest is `io`. */
const sqliteCodes: Readonly<Record<number, StoreErrorCode>> = {
  5: "locked",
  6: "locked",
  11: "corrupt",
  13: "full",
  18: "too-large",
  26: "corrupt",
};

/** SQLITE_IOERR_SHMSIZE: the shared-memory file could not grow, which is a full disk too. */
const shmSize = 4874;

/** The code that an error of node:sqlite or node:fs stands for. */
export function codeOf(error: unknown): StoreErrorCode {
  if (error instanceof StoreError) return error.code;
  const { errcode, code } = (error ?? {}) as { errcode?: unknown; code?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") return "full";
  if (typeof errcode !== "number") return "io";
  return errcode === shmSize ? "full" : (sqliteCodes[errcode & 0xff] ?? "io");
}
