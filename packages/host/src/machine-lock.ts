import { spawn } from "node:child_process";

/** Another start on this machine holds what we need, and does not let go. */
export class MachineLockError extends Error {
  override readonly name = "MachineLockError";
  readonly code = "machine-locked";
}

/** Seconds that one start may keep the others waiting. */
const patience = 120;

// The file that was locked must be the one that the name leads to: who held it before may have taken it away.
const script = `
umask 077
while :; do
  exec 9>>"$1" || exit 1
  flock -w ${patience} 9 || exit 75
  [ "$1" -ef /proc/self/fd/9 ] && break
  exec 9>&-
done
echo held
read -r last
[ "$last" != remove ] || rm -f "$1"
`;

/**
 * Does something that only one instance of a machine may do at a time. The lock is root's file, held by a process that ends
 * with us. `remove`: the file goes with it. Throws MachineLockError.
 */
export async function withMachineLock<T>(
  work: () => Promise<T>,
  { file = "/run/bulkhead.lock", remove = false } = {},
): Promise<T> {
  const holder = spawn("sh", ["-c", script, "sh", file], { stdio: ["pipe", "pipe", "pipe"] });
  const { promise: held, resolve, reject } = Promise.withResolvers<void>();
  const ended = new Promise<void>((end) => holder.once("close", () => end()));
  let said = "";
  holder.stderr.on("data", (part: Buffer) => (said += part.toString("utf8")));
  holder.stdout.once("data", () => resolve());
  holder.stdin.on("error", () => undefined);
  holder.once("error", reject);
  holder.once("close", (code) => {
    const why = code === 75 ? `another start on this machine has held it for ${patience} seconds` : said.trim();
    reject(new MachineLockError(`${file} cannot be locked: ${why}`));
  });
  await held;
  try {
    return await work();
  } finally {
    holder.stdin.end(remove ? "remove\n" : "keep\n");
    await ended;
  }
}
