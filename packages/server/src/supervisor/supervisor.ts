import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { copyFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@bulkhead/api";
import {
  filterWords,
  findMarked,
  followTable,
  identify,
  isAlive,
  type ProcessSpec,
  type ProcessState,
  readState,
  readTable,
  type SocketSpec,
  signal,
  specDigest,
  writeState,
} from "@bulkhead/host";
import { boundingWords } from "../prepare/capabilities.ts";
import { planProcesses } from "./plan.ts";

export interface SupervisorOptions {
  /** Holds table.json and processes.json. */
  readonly runDirectory: string;
  /** Names the instance in its processes' environment. */
  readonly instanceId: string;
  readonly logDirectory: string;
  /** Digest of the sources; kept in the state for whoever asks whether we are current. */
  readonly build: string | undefined;
  readonly log: Log;
  /** Opens a socket inside a network namespace; the descriptor is closed here once the child has it. */
  readonly openSocket: (spec: SocketSpec) => Promise<{ readonly fd: number; close(): void }>;
  /** Run once before the loop and every twelve hours: renews certificates. */
  readonly renew: () => Promise<void>;
  /** Run at every turn: hands on what root changed by hand. Must not fail. */
  readonly publish: () => Promise<void>;
}

const tick = 500;
/** Every how many turns logs are measured. */
const measured = 20;
const renewal = 12 * 3_600_000;
/** How long a process may take to stop before it is killed. */
const stopGrace = 10_000;

/** The command line that drops what a process does not need. */
export function dropPrivileges({ user, filter, ...spec }: ProcessSpec): string[] {
  const confined =
    user === undefined || filter === undefined ? { options: [], before: [] } : filterWords(filter.means, filter.file);
  return [
    "setpriv",
    ...(user === undefined ? [] : ["--reuid", String(user), "--regid", String(user), "--clear-groups"]),
    ...(spec.mayGain === true ? [] : ["--no-new-privs"]),
    ...boundingWords(user === undefined ? (spec.capabilities ?? []) : []),
    ...confined.options,
    "--",
    ...confined.before,
    ...spec.command,
  ];
}

/**
 * Keeps the processes of the table alive: starts, adopts by process id and start time, restarts with back-off. Children
 * are sessions of their own and outlive a killed supervisor; the next one adopts them. Runs until the signal aborts, then
 * stops, last first, what does not outlive it.
 */
export async function supervise(options: SupervisorOptions, until: AbortSignal): Promise<void> {
  const { log, runDirectory } = options;
  mkdirSync(options.logDirectory, { recursive: true, mode: 0o750 });
  const states = new Map<string, ProcessState>();
  for (const state of (await readState(runDirectory)).processes) states.set(state.name, state);
  const me = identify(process.pid);
  const alive = (state: ProcessState): boolean => state.identity !== undefined && isAlive(state.identity);
  const save = (): Promise<void> =>
    writeState(runDirectory, { format: 1, supervisor: me, build: options.build, processes: [...states.values()] });
  let renewed = 0;
  adoptUnnoted((await readTable(runDirectory)).processes, options.instanceId, states, alive);
  await save();
  const wanted = followTable(runDirectory);
  for (const state of states.values())
    if (alive(state)) log.info({ process: state.name, pid: state.identity?.pid }, "adopted");

  for (let turn = 0; !until.aborted; turn++) {
    if (Date.now() - renewed > renewal) {
      renewed = Date.now();
      await options
        .renew()
        .catch((error: unknown) =>
          log.error({ error: String(error) }, "certificates could not be renewed; trying again in twelve hours"),
        );
    }
    await options.publish();
    const table = await wanted();
    let changed = false;
    for (const step of planProcesses(table.processes, states, alive, Date.now())) {
      if (step.step === "wait") continue;
      changed = true;
      if (step.step === "stop" || step.step === "replace") await stop(step.state, log);
      if (step.step === "stop") states.delete(step.state.name);
      else
        states.set(
          step.spec.name,
          await start(step.spec, step.step === "replace" ? undefined : states.get(step.spec.name), options),
        );
    }
    if (changed) await save();
    if (turn % measured === 0)
      for (const spec of table.processes)
        await turnOver(join(options.logDirectory, `${spec.name}.log`), spec.logLimit ?? 16 << 20);
    await pause(tick, until);
  }

  const table = await readTable(runDirectory);
  for (const spec of [...table.processes].reverse()) {
    const state = states.get(spec.name);
    if (spec.outlives || state === undefined || !alive(state)) continue;
    await stop(state, log);
    states.delete(spec.name);
  }
  await writeState(runDirectory, {
    format: 1,
    supervisor: undefined,
    build: undefined,
    processes: [...states.values()],
  });
}

/** Takes in processes of ours that no state names: their supervisor died between starting them and noting it down. */
function adoptUnnoted(
  wanted: readonly ProcessSpec[],
  instanceId: string,
  states: Map<string, ProcessState>,
  alive: (state: ProcessState) => boolean,
): void {
  for (const { name, identity, program, user } of findMarked(instanceId)) {
    const known = states.get(name);
    // A mark and a name can be copied by whoever runs in a pod; the user cannot.
    if (!wanted.some((s) => s.name === name && s.command[0] === program && (s.user ?? 0) === user)) continue;
    if (known !== undefined && alive(known)) {
      if (known.identity?.pid !== identity.pid) signal(identity, "SIGTERM");
      continue;
    }
    states.set(name, { name, identity, since: Date.now(), restarts: 0, lastExit: undefined, spec: "unknown" });
  }
}

async function start(
  spec: ProcessSpec,
  was: ProcessState | undefined,
  options: SupervisorOptions,
): Promise<ProcessState> {
  const now = Date.now();
  const lived = was === undefined ? 0 : now - was.since;
  const restarts = was === undefined ? 0 : lived > 600_000 ? 1 : was.restarts + 1;
  const base = { name: spec.name, since: now, restarts, spec: specDigest(spec) };
  const sockets: { readonly fd: number; close(): void }[] = [];
  const output = openSync(join(options.logDirectory, `${spec.name}.log`), "a", 0o640);
  try {
    for (const socket of spec.sockets) sockets.push(await options.openSocket(socket));
    const [program, ...args] = dropPrivileges(spec);
    const child = spawn(program as string, args, {
      detached: true,
      cwd: "/",
      env: spec.env,
      stdio: ["ignore", output, output, ...sockets.map((s) => s.fd)],
    });
    await spawned(child);
    child.on("exit", (code, name) =>
      options.log.warn({ process: spec.name, pid: child.pid, code, signal: name }, "ended"),
    );
    child.unref();
    const identity = identify(child.pid as number);
    options.log.info({ process: spec.name, pid: child.pid, restarts }, was === undefined ? "started" : "started again");
    return { ...base, identity, lastExit: was?.lastExit };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    options.log.error({ process: spec.name, error: why }, "could not be started");
    return { ...base, identity: undefined, lastExit: why };
  } finally {
    closeSync(output);
    for (const socket of sockets) socket.close();
  }
}

const spawned = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });

async function stop(state: ProcessState, log: Log): Promise<void> {
  const { identity } = state;
  if (identity === undefined || !signal(identity, "SIGTERM")) return;
  const deadline = Date.now() + stopGrace;
  while (isAlive(identity) && Date.now() < deadline) await pause(50);
  if (isAlive(identity)) {
    log.warn({ process: state.name, pid: identity.pid }, "did not stop in time; killed");
    signal(identity, "SIGKILL");
  }
}

/** Copies a log that grew too large aside and empties it in place, since its writer keeps it open. */
async function turnOver(file: string, limit: number): Promise<void> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < limit) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

function pause(milliseconds: number, until?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      until?.removeEventListener("abort", done);
      resolve();
    }
    until?.addEventListener("abort", done);
  });
}
