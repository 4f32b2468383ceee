import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { setPriority } from "node:os";
import type { Log } from "@bulkhead/api";

export interface KeepCurrentOptions {
  /** `bulkhead current keep --root …`, or another that ends, with the program that runs it. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whose change makes it look at once: advisories, parts, holds. */
  readonly files: readonly string[];
  /** Whether there is anything to look at; absent: always. */
  readonly wanted?: () => boolean;
  /** What did not go well where it ends with anything but 0. */
  readonly complaint: string;
  readonly log: Log;
  readonly now?: () => number;
  /** Milliseconds before the first look, and between looks. */
  readonly first?: number;
  readonly every?: number;
}

/** So long at least lies between two looks, whatever changes. */
const least = 15_000;
/** A look that takes longer than this is not told again to be slow: an update asks mirrors, tests and switches. */
const saidAtMost = 2000;

export interface CurrencyKeeper {
  /** To be called again and again; never waits. */
  tick(): void;
  /** Ends a look under way, and begins none any more. */
  stop(): Promise<void>;
}

/**
 * Has a command of `bulkhead` run every ten minutes and when one of the files changed: a process of its own that ends, so
 * that nothing lies in memory between, and whose failure is not the supervisor's. Never two at once.
 */
export function currencyKeeper(options: KeepCurrentOptions): CurrencyKeeper {
  const {
    command,
    env,
    files,
    wanted = () => true,
    complaint,
    log,
    now = Date.now,
    first = 180_000,
    every = 600_000,
  } = options;
  const marks = (): string =>
    files
      .map((file) => {
        const found = statSync(file, { throwIfNoEntry: false });
        // An empty log comes and goes with whoever opens a database.
        return found === undefined || found.size === 0 ? "" : `${found.ino} ${found.size} ${found.mtimeMs}`;
      })
      .join("\n");
  let next = now() + first;
  // A machine that starts has other things to do.
  let earliest = next;
  let known = marks();
  let last = known;
  let complained = "";
  let stopped = false;
  let running: { readonly ended: Promise<void>; end(): void } | undefined;

  function begin(): void {
    const [program = "", ...words] = command;
    const child = spawn(program, words, { cwd: "/", env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (part: Buffer) => (said = `${said}${part.toString("utf8")}`.slice(-saidAtMost)));
    const ended = new Promise<void>((resolve) => {
      child.once("error", (error) => {
        said = error.message;
        resolve();
      });
      child.once("close", (code) => {
        // 1: what it tried did not go well, which it has told itself.
        if (code !== 0 && said !== complained && !stopped) log.warn({ code, said: said.trim() }, complaint);
        complained = code === 0 ? "" : said;
        resolve();
      });
    }).then(() => {
      running = undefined;
      // What it wrote itself is no news.
      known = last = marks();
      earliest = now() + least;
      next = now() + every;
    });
    if (child.pid !== undefined) {
      try {
        setPriority(child.pid, 10);
      } catch (error) {
        log.debug({ error: String(error) }, "it ended before it was made to give way");
      }
    }
    running = { ended, end: () => child.kill("SIGTERM") };
  }

  return {
    tick() {
      if (stopped || running !== undefined) return;
      const at = now();
      const seen = marks();
      // Written between two looks: an import is under way.
      const changed = seen !== known && seen === last;
      last = seen;
      if (at >= earliest && (at >= next || changed) && wanted()) begin();
    },
    async stop() {
      stopped = true;
      running?.end();
      await running?.ended;
    },
  };
}
