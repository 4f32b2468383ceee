import { spawn } from "node:child_process";
import { readState, readTable, specDigest } from "@bulkhead/host";

export interface Watched {
  /** Ended with 0 in time, and no process went round. */
  readonly well: boolean;
  readonly stdout: string;
  /** Where it is not well: why. */
  readonly why: string;
}

/** Starts of a process in a row after which it counts as one that does not stay up. */
const rounds = 3;

/** Which process of the table's present form was started again and again; undefined: none. */
export async function goingRound(runDirectory: string): Promise<string | undefined> {
  const [state, table] = await Promise.all([
    readState(runDirectory),
    readTable(runDirectory).catch(() => ({ format: 1 as const, processes: [] })),
  ]);
  const wanted = new Map(table.processes.map((spec) => [spec.name, specDigest(spec)]));
  return state.processes.find(({ name, spec, restarts }) => wanted.get(name) === spec && restarts >= rounds)?.name;
}

/**
 * Runs a release's own command, and ends it early where a process that it started goes round: nobody waits two minutes
 * for what will not come. Never rejects.
 */
export async function runWatched(
  command: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly run: string; readonly logs: string; readonly timeout: number },
): Promise<Watched> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: options.env, stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
  let [stdout, stderr, cut] = ["", "", ""];
  child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString("utf8")));
  child.stderr.on("data", (bytes: Buffer) => (stderr = (stderr + bytes.toString("utf8")).slice(-4000)));
  const deadline = performance.now() + options.timeout;
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code) => resolve(code ?? 1));
  });
  let over = false;
  const watching = (async () => {
    while (!over) {
      const round = await goingRound(options.run).catch(() => undefined);
      if (round !== undefined) cut = `${round} does not stay up; its log: ${options.logs}/${round}.log`;
      else if (performance.now() > deadline) cut = `it was not up after ${Math.round(options.timeout / 1000)} seconds`;
      if (cut !== "") {
        child.kill("SIGKILL");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  const code = await ended;
  over = true;
  await watching;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return {
    well: code === 0 && cut === "",
    stdout,
    why: cut !== "" ? cut : said === "" ? `it ended with ${code}` : said,
  };
}
