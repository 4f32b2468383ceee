import { join } from "node:path";
import { pause, resources } from "@bulkhead/client";
import {
  containersOf,
  findMarked,
  type InstanceConfig,
  type InstancePaths,
  isAlive,
  lostOf,
  readState,
  readTable,
  signal,
} from "@bulkhead/host";
import { adminClient } from "../instance/admin-client.ts";
import { stopSupervisor, supervised } from "../instance/supervision.ts";
import { Rounds, runWatched } from "./run-watched.ts";
import { releaseEnvironment } from "./trial.ts";
import { underSwitch } from "./under-switch.ts";

/** Longest that a release may take to be up, and to be well after that. */
const patience = { up: 120_000, well: 45_000 } as const;

/** How long every process has to live on before it counts as up. */
const steady = 2000;

/** What ran before a switch. */
export interface Before {
  /** Whether programs that were exchanged have to take over. */
  readonly supervised: boolean;
  readonly containers: readonly { readonly id: string; readonly pid: number }[];
}

export async function lookBefore(paths: InstancePaths, config: InstanceConfig, start = false): Promise<Before> {
  const runs = start || supervised(await readState(paths.run));
  return { supervised: runs, containers: runs && !config.onlyApiserver ? await containersOf(paths) : [] };
}

/**
 * Has the programs that lie there now take over, by their own `bulkhead up`, and looks whether they are well: the API
 * ready, the node's lease renewed since, every process alive for some seconds, no container lost. Throws Error with
 * what is not.
 */
export async function takeOver(paths: InstancePaths, config: InstanceConfig, before: Before): Promise<void> {
  const started = Date.now();
  const rounds = new Rounds();
  await rounds.at(paths.run);
  const up = await runWatched(
    [
      join(paths.programs, "node"),
      join(paths.programs, "bulkhead.mjs"),
      "up",
      "--detach",
      "--root",
      paths.root,
      ...(config.onlyApiserver ? ["--only=apiserver"] : []),
      "-o",
      "json",
    ],
    { env: { ...releaseEnvironment(paths.programs), ...underSwitch }, run: paths.run, rounds, timeout: patience.up },
  );
  if (!up.well) throw new Error(up.round === undefined ? up.why : goesRound(paths, up.round));
  await well(paths, config, started, rounds);
  const lost = before.containers.length === 0 ? [] : await lostOf(paths, before.containers);
  if (lost.length > 0)
    throw new Error(`${lost.length} of ${before.containers.length} containers are gone: ${lost.join(", ")}`);
}

const goesRound = ({ logs }: InstancePaths, name: string): string =>
  `${name} does not stay up; its log: ${join(logs, `${name}.log`)}`;

async function well(paths: InstancePaths, config: InstanceConfig, since: number, rounds: Rounds): Promise<void> {
  const deadline = Date.now() + patience.well;
  let [same, from] = ["", Date.now()];
  for (;;) {
    const round = await rounds.at(paths.run);
    if (round !== undefined) throw new Error(goesRound(paths, round));
    const alive = await aliveNow(paths);
    if (alive === undefined || alive !== same) [same, from] = [alive ?? "", Date.now()];
    else if (Date.now() - from >= steady && (await answers(paths, config, since))) return;
    if (Date.now() > deadline)
      throw new Error(`it came up, but was not well after ${patience.well / 1000} seconds; see ${paths.logs}`);
    await pause(200);
  }
}

/** The processes of the table in one word, where every one of them is alive. */
async function aliveNow(paths: InstancePaths): Promise<string | undefined> {
  const [state, table] = await Promise.all([readState(paths.run), readTable(paths.run)]);
  const running = new Map(state.processes.map((each) => [each.name, each.identity]));
  const pids = table.processes.map(({ name }) => {
    const identity = running.get(name);
    return identity !== undefined && isAlive(identity) ? `${name}:${identity.pid}` : undefined;
  });
  return supervised(state) && !pids.includes(undefined) ? pids.join(" ") : undefined;
}

/** Ready, and the node's agent was heard of since. */
async function answers(paths: InstancePaths, config: InstanceConfig, since: number): Promise<boolean> {
  const client = await adminClient(paths);
  try {
    if ((await client.raw("GET", "/readyz")).status !== 200) return false;
    if (config.onlyApiserver) return true;
    const lease = await client.get(resources.leases, { namespace: "kube-node-lease", name: config.nodeName });
    return Date.parse(lease.spec?.renewTime ?? "") >= since;
  } catch {
    return false;
  } finally {
    client.close();
  }
}

/** Ends what has the database open, and what would start it again; containers and their network go on. */
export async function stopPrograms(paths: InstancePaths, config: InstanceConfig): Promise<void> {
  await stopSupervisor(paths);
  // Where the supervisor died before, nobody stopped it.
  const left = () =>
    findMarked(config.id).filter(({ name, user }) => name === "apiserver" && user === config.users.apiserver);
  for (const { identity } of left()) signal(identity, "SIGTERM");
  const deadline = Date.now() + 10_000;
  while (left().length > 0 && Date.now() < deadline) await pause(100);
  for (const { identity } of left()) signal(identity, "SIGKILL");
}
