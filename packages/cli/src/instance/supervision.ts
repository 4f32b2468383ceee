import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { pause } from "@bulkhead/client";
import {
  type InstancePaths,
  isAlive,
  mustRun,
  type Progress,
  readState,
  readTable,
  run,
  type SupervisorState,
  signal,
  specDigest,
} from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { builtMark } from "./programs.ts";

/** Makes folders, network, certificates and configurations of the instance, as the program that may. */
export async function prepareInstance(paths: InstancePaths, progress: Progress): Promise<void> {
  progress.step("instance: network namespace, certificates, configuration");
  mkdirSync(paths.logs, { recursive: true, mode: 0o750 });
  const done = await mustRun([join(paths.programs, "node"), join(paths.programs, "prepare.mjs"), paths.root]).catch(
    (error: unknown) => {
      throw new CommandFailure(
        `the instance at ${paths.root} could not be prepared: ${error instanceof Error ? error.message : String(error)}`,
        1,
        error,
      );
    },
  );
  for (const line of done.stdout.split("\n")) {
    if (line === "") continue;
    const { message, steps } = JSON.parse(line) as { message: string; steps?: string[] };
    progress.note(steps === undefined ? message : `${message} (${steps.length} steps)`);
  }
}

/** Makes the instance's own objects, once the API answers. */
export async function bootstrapInstance(paths: InstancePaths, progress: Progress): Promise<void> {
  progress.step("objects: roles, DNS Service, image trust");
  const done = await run([join(paths.programs, "node"), join(paths.programs, "prepare.mjs"), paths.root, "bootstrap"]);
  if (done.code !== 0)
    throw new CommandFailure(`the instance's own objects could not be made: ${done.stderr.trim()}`, 1);
}

/** Whether a supervisor looks after the instance now. */
export const supervised = (state: SupervisorState): boolean =>
  state.supervisor !== undefined && isAlive(state.supervisor);

/** Starts the supervisor, or has a newer one take over from it. Running children are adopted. */
export async function startSupervisor(paths: InstancePaths, progress: Progress): Promise<void> {
  const state = await readState(paths.run);
  if (supervised(state) && state.supervisor !== undefined) {
    if (state.build === (await builtMark(paths.programs))) return;
    progress.step("supervisor: a newer one takes over");
    signal(state.supervisor, "SIGHUP");
    while (isAlive(state.supervisor)) await pause(50);
  } else progress.step("processes: starting");
  mkdirSync(paths.logs, { recursive: true, mode: 0o750 });
  const output = openSync(join(paths.logs, "supervisor.log"), "a", 0o640);
  const child = spawn(
    join(paths.programs, "node"),
    ["--max-semi-space-size=1", "--expose-gc", join(paths.programs, "supervisor.mjs"), paths.root],
    {
      detached: true,
      cwd: "/",
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        LANG: "C.UTF-8",
        // As its children have them: what starting took goes back to the machine.
        MALLOC_ARENA_MAX: "1",
        MALLOC_MMAP_THRESHOLD_: "32768",
      },
      stdio: ["ignore", output, output],
    },
  );
  closeSync(output);
  child.unref();
}

/** Waits until every process of the table runs as the table has it: a newer supervisor replaces older programs first. */
export async function settled(paths: InstancePaths): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const [state, table] = await Promise.all([readState(paths.run), readTable(paths.run)]);
    const running = new Map(state.processes.map((p) => [p.name, p]));
    const waiting = table.processes.filter((spec) => {
      const process = running.get(spec.name);
      const current = spec.pinned === true || process?.spec === specDigest(spec);
      return process?.identity === undefined || !isAlive(process.identity) || !current;
    });
    if (supervised(state) && waiting.length === 0) return;
    if (performance.now() > deadline)
      throw new CommandFailure(
        `${waiting.map((s) => s.name).join(", ") || "the supervisor"} did not start; see ${paths.logs}`,
        1,
      );
    await pause(50);
  }
}

/** Stops the supervisor and, by it, what does not outlive Bulkhead. False where none ran. */
export async function stopSupervisor(paths: InstancePaths): Promise<boolean> {
  const { supervisor } = await readState(paths.run);
  if (supervisor === undefined || !signal(supervisor, "SIGTERM")) return false;
  const deadline = performance.now() + 60_000;
  while (isAlive(supervisor)) {
    if (performance.now() > deadline)
      throw new CommandFailure(
        `the supervisor (process ${supervisor.pid}) does not stop; see ${paths.logs}/supervisor.log`,
        1,
      );
    await pause(50);
  }
  return true;
}

/** Stops what goes on after `down` too (containerd, the DNS …), by its recorded identity. */
export async function stopOutliving(paths: InstancePaths): Promise<void> {
  for (const { identity } of (await readState(paths.run)).processes) {
    if (identity === undefined || !signal(identity, "SIGTERM")) continue;
    const deadline = performance.now() + 10_000;
    while (isAlive(identity) && performance.now() < deadline) await pause(50);
    signal(identity, "SIGKILL");
  }
}
