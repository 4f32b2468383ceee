import { boundingSet, boundingWords } from "../prepare/capabilities.ts";

/** Told to the program that it has done so; without it a machine that refuses would go round for ever. */
const done = "kept";

/**
 * Gives up all capabilities but these for good, for this process and whatever it starts: the program is started again
 * under setpriv in the same process, since only a new program can be held by a bounding set.
 */
export function keepOnly(wanted: readonly string[]): void {
  const have = boundingSet();
  const kept = wanted.filter((name) => have.has(name));
  if (kept.length === have.size || process.argv.at(-1) === done) return;
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1), done];
  // It needs a path of its own; env finds setpriv on ours.
  process.execve?.("/usr/bin/env", ["env", "setpriv", ...boundingWords(kept), "--", ...words], process.env);
}
