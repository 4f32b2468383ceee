import { spawn } from "node:child_process";
import { type ProcessState, readState, readTable, specDigest } from "@bulkhead/host";

export interface Watched {
  /** Ended with 0 in time, and no process went round. */
  readonly well: boolean;
  /** Where it is not well: why. */
  readonly why: string;
  /** The process that went round, where one did. */
  readonly round: string | undefined;
}

/** Starts of a process again, in a row, after which it counts as one that does not stay up. */
const rounds = 3;

/**
 * Notices processes that are started again and again. What happened before it began to look does not count: a program
 * that is taken back to goes on with the count of the one that failed.
 */
export class Rounds {
  readonly #seen = new Map<string, { restarts: number; count: number }>();

  /** Looks once; names a process of the table's present form that goes round. */
  look(states: readonly ProcessState[], wanted: ReadonlyMap<string, string>): string | undefined {
    let round: string | undefined;
    for (const { name, restarts, spec } of states) {
      const before = this.#seen.get(name);
      const count =
        before === undefined ? 0 : restarts < before.restarts ? restarts : before.count + restarts - before.restarts;
      this.#seen.set(name, { restarts, count });
      if (count >= rounds && wanted.get(name) === spec) round ??= name;
    }
    return round;
  }

  /** Looks at an instance's run folder. */
  async at(runDirectory: string): Promise<string | undefined> {
    const [{ processes }, table] = await Promise.all([
      readState(runDirectory),
      readTable(runDirectory).catch(() => ({ processes: [] })),
    ]);
    return this.look(processes, new Map(table.processes.map((spec) => [spec.name, specDigest(spec)])));
  }
}

/**
 * Runs a release's own command, and ends it early where a process that it started goes round: nobody waits two minutes
 * for what will not come. Never rejects.
 */
export async function runWatched(
  command: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly run: string; readonly rounds: Rounds; readonly timeout: number },
): Promise<Watched> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: options.env, stdio: ["ignore", "ignore", "pipe"], cwd: "/" });
  let [stderr, cut] = ["", ""];
  let round: string | undefined;
  child.stderr.on("data", (bytes: Buffer) => (stderr = (stderr + bytes.toString("utf8")).slice(-4000)));
  const deadline = performance.now() + options.timeout;
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code) => resolve(code ?? 1));
  });
  let over = false;
  const watching = (async () => {
    while (!over && cut === "") {
      round = await options.rounds.at(options.run).catch(() => undefined);
      if (round !== undefined) cut = `${round} does not stay up`;
      else if (performance.now() > deadline) cut = `it was not up after ${Math.round(options.timeout / 1000)} seconds`;
      if (cut === "") await new Promise((resolve) => setTimeout(resolve, 200));
      else child.kill("SIGKILL");
    }
  })();
  const code = await ended;
  over = true;
  await watching;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return {
    well: code === 0 && cut === "",
    why: cut !== "" ? cut : said === "" ? `it ended with ${code}` : said,
    round,
  };
}
