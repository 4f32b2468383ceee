import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@bulkhead/api";
import { type InstanceConfig, type InstancePaths, mustRun, withMachineLock, writeDurably } from "@bulkhead/host";
import {
  chooseFrom,
  ensureNetwork,
  type NetworkChoice,
  type NetworkLayout,
  NetworkTakenError,
  networkLayout,
  removeNetwork,
  takenRanges,
  usedRanges,
  writeCniFiles,
} from "@bulkhead/network";

/** network/layout.json: the ranges chosen at the first start, and the host settings that we changed, as they were. */
interface NetworkRecord {
  readonly choice: NetworkChoice;
  readonly previousSysctls: Readonly<Record<string, string>>;
}

const recordFile = (paths: InstancePaths): string => join(paths.network, "layout.json");

async function readRecord(paths: InstancePaths): Promise<NetworkRecord | undefined> {
  const text = await readFile(recordFile(paths), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as NetworkRecord);
}

/** The instance's network, as it was chosen; undefined before the first start. */
export async function readLayout(paths: InstancePaths): Promise<NetworkLayout | undefined> {
  const record = await readRecord(paths);
  return record === undefined ? undefined : networkLayout(record.choice);
}

/** Makes or repairs the instance's network namespace and what CNI needs to put pods into it. */
export async function prepareNetwork(config: InstanceConfig, paths: InstancePaths, log: Log): Promise<NetworkLayout> {
  await mkdir(paths.network, { recursive: true, mode: 0o700 });
  // Two that start side by side must not choose the same: what one chose shows in the routes when it lets go.
  const { layout, previousSysctls } = await withMachineLock(async () => {
    const was = await readRecord(paths);
    const made = networkLayout(await chooseOrCheck(config, was?.choice));
    // Kept before anything is made, so that what was begun can be found and removed.
    if (was === undefined) await writeRecord(paths, { choice: choiceOf(made), previousSysctls: {} });
    return { layout: made, ...(await ensureNetwork({ layout: made, log })) };
  });
  await rememberSettings(paths, previousSysctls);
  await writeCniFiles({
    layout,
    confDir: join(paths.cni, "conf"),
    binDir: join(paths.cni, "bin"),
    ipamDir: join(paths.cni, "addresses"),
    pluginDir: join(paths.parts, "cni"),
  });
  return layout;
}

/** Keeps what host settings were before we changed them; what was first known of a setting stays. */
export async function rememberSettings(
  paths: InstancePaths,
  previousSysctls: Readonly<Record<string, string>>,
): Promise<void> {
  const record = await readRecord(paths);
  if (record === undefined) return;
  const known = record.previousSysctls;
  if (Object.keys(previousSysctls).every((name) => known[name] !== undefined)) return;
  await writeRecord(paths, { ...record, previousSysctls: { ...previousSysctls, ...known } });
}

const writeRecord = (paths: InstancePaths, record: NetworkRecord): Promise<void> =>
  writeDurably(recordFile(paths), `${JSON.stringify(record, undefined, 2)}\n`, 0o600);

async function chooseOrCheck(config: InstanceConfig, was: NetworkChoice | undefined): Promise<NetworkChoice> {
  const [routes, addresses] = await Promise.all([
    mustRun(["ip", "-j", "route", "show", "table", "all"]),
    mustRun(["ip", "-j", "address"]),
  ]);
  if (was === undefined) return chooseFrom(config.id, usedRanges(routes.stdout || "[]", addresses.stdout || "[]"));
  const taken = takenRanges(was, networkLayout(was).hostInterface, routes.stdout || "[]");
  if (taken.length > 0) throw new NetworkTakenError(taken);
  return was;
}

const choiceOf = ({ instance, podCidr, serviceCidr, linkCidr }: NetworkLayout): NetworkChoice => ({
  instance,
  podCidr,
  serviceCidr,
  linkCidr,
});

/** Takes away the namespace, the link, the routes and the table, and puts host settings back. */
export async function forgetNetwork(paths: InstancePaths, log: Log): Promise<void> {
  const record = await readRecord(paths);
  if (record === undefined) return;
  const layout = networkLayout(record.choice);
  await withMachineLock(() => removeNetwork({ layout, log, previousSysctls: record.previousSysctls }), {
    remove: true,
  });
}
