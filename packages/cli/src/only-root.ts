import { CommandFailure } from "./exit-codes.ts";

/** Throws CommandFailure (exit code 2) for whoever is not root; `why` ends with the command that passes. */
export function onlyRoot(why: string): void {
  if (process.getuid?.() !== 0) throw new CommandFailure(why);
}
