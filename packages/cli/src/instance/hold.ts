import { type InstancePaths, readState } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { supervised } from "./supervision.ts";

const look = 2000;

/**
 * Waits for Ctrl-C or SIGTERM. Throws CommandFailure when the supervisor is gone for good (twice in a row: a newer one
 * may be taking over), so that whoever started us starts us again.
 */
export async function holdUntilStopped(paths: InstancePaths): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  for (let missed = 0; !stop.signal.aborted; ) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, look);
      function done(): void {
        clearTimeout(timer);
        stop.signal.removeEventListener("abort", done);
        resolve();
      }
      stop.signal.addEventListener("abort", done);
    });
    missed = supervised(await readState(paths.run)) ? 0 : missed + 1;
    if (missed >= 2 && !stop.signal.aborted)
      throw new CommandFailure(`the supervisor of ${paths.root} ended; its log: ${paths.logs}/supervisor.log`, 1);
  }
}
