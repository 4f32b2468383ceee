import { cp, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { instancePaths, type Progress, readInstance, run } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { checkPlaces, type InstallPlaces, unit, unitName, wrapper } from "../install/file-texts.ts";
import { checkOurs, makeFile, removeFile } from "../install/made-files.ts";
import { distribution, installPrograms } from "../instance/programs.ts";
import { onlyRoot } from "../only-root.ts";

export interface InstallReport {
  readonly wrapper: string;
  /** Undefined where systemd does not run. */
  readonly unit: string | undefined;
  readonly changed: boolean;
  /** What a person should know. */
  readonly notes: readonly string[];
}

export interface InstallWish {
  readonly root: string;
  readonly prefix?: string;
  readonly units?: string;
  /** Default: whether it runs. */
  readonly systemd?: boolean;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function placesOf(wish: InstallWish): InstallPlaces {
  onlyRoot("this writes for everyone on the machine: sudo bulkhead …");
  const places = {
    root: resolve(wish.root),
    prefix: resolve(wish.prefix ?? "/usr/local"),
    units: resolve(wish.units ?? "/etc/systemd/system"),
  };
  checkPlaces(places);
  return places;
}

const systemdRuns = (wish: InstallWish): Promise<boolean> =>
  wish.systemd === undefined ? exists("/run/systemd/system") : Promise.resolve(wish.systemd);

async function systemctl(...args: string[]): Promise<void> {
  const done = await run(["systemctl", ...args]);
  if (done.code !== 0) throw new CommandFailure(`systemctl ${args.join(" ")}: ${done.stderr.trim()}`, 1);
}

/** Puts the command on the path and, where systemd runs, has it start the instance at boot. Safe to repeat. */
export async function install(wish: InstallWish, progress: Progress): Promise<InstallReport> {
  const places = placesOf(wish);
  const paths = instancePaths(places.root);
  const command = wrapper(places);
  const service = unit(places);
  const systemd = await systemdRuns(wish);
  await checkOurs([command.path, ...(systemd ? [service.path] : [])]);
  let changed = await installPrograms(paths, progress);
  // The demonstration's files go with the programs, so that nothing of the clone is needed afterwards.
  const shop = join(distribution(), "shop");
  if ((await realpath(distribution())) !== (await realpath(paths.programs)) && (await exists(shop)))
    await cp(shop, join(paths.programs, "shop"), { recursive: true, force: true });
  changed = (await makeFile(command)) || changed;
  const notes: string[] = [];
  if (!(process.env["PATH"] ?? "").split(":").includes(join(places.prefix, "bin")))
    notes.push(`${join(places.prefix, "bin")} is not on your path`);
  if ((await readInstance(places.root)) === undefined)
    notes.push(`there is no instance at ${places.root} yet; make it with: bulkhead up`);
  if (systemd) {
    changed = (await makeFile(service)) || changed;
    await systemctl("daemon-reload");
    await systemctl("enable", unitName(places.root));
    notes.push(`systemd starts it at boot; hand a running one over with: systemctl start ${unitName(places.root)}`);
  } else notes.push("systemd does not run here: nothing starts Bulkhead at boot but bulkhead up");
  return { wrapper: command.path, unit: systemd ? service.path : undefined, changed, notes };
}

/** Takes back what `install` made, and nothing else; the instance, its data and what runs stay. */
export async function uninstall(wish: InstallWish): Promise<{ readonly removed: readonly string[] }> {
  const places = placesOf(wish);
  const [command, service] = [wrapper(places), unit(places)];
  await checkOurs([command.path, service.path]);
  const removed: string[] = [];
  if (await exists(service.path)) {
    if (await systemdRuns(wish)) await systemctl("disable", unitName(places.root));
    if (await removeFile(service.path)) removed.push(service.path);
    if (await systemdRuns(wish)) await systemctl("daemon-reload");
  }
  if (await removeFile(command.path)) removed.push(command.path);
  return { removed };
}
