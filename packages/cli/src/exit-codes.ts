/** Exit codes of every command; documented in the help. */
export const exitCode = {
  /** Done, or yes. */
  ok: 0,
  /** No: refused, unhealthy, failed. */
  no: 1,
  /** The question could not be asked: bad arguments, unreadable files, no instance. */
  usage: 2,
} as const;

/** A failure with one clear line for a person, and the exit code that goes with it. */
export class CommandFailure extends Error {
  readonly exit: 1 | 2;
  constructor(message: string, exit: 1 | 2 = 2, cause?: unknown) {
    super(message, { cause });
    this.name = "CommandFailure";
    this.exit = exit;
  }
}

/** There is no instance where one was looked for, or none that may be used. */
export class NoInstanceFailure extends CommandFailure {
  constructor(message: string, cause?: unknown) {
    super(message, 2, cause);
    this.name = "NoInstanceFailure";
  }
}
