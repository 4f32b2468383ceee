import { join } from "node:path";
import { createEventRecorder, resources } from "@bulkhead/client";
import { type InstanceConfig, type InstancePaths, MachineLockError, withMachineLock } from "@bulkhead/host";
import { type ImportReport, importCommand } from "../commands/advisories.ts";
import { keeperClient } from "../current/keeper-client.ts";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";
import { onlyRoot } from "../only-root.ts";
import { advisoriesFile } from "./database-file.ts";
import { dueOf, type Followed, type Look, readFollowed, readLooks, withLook, writeLooks } from "./following.ts";

export interface RefreshReport {
  /** What was looked at now; the rest was not due. */
  readonly looked: readonly Look[];
}

/**
 * One look of root's own process at what advisories are followed: what is due is taken in as by `advisories import`, with
 * the same rule for what shrinks a source. What goes wrong is told by an Event about the node, once, and by `status`.
 */
export async function refreshAdvisories(
  options: { readonly root?: string; readonly all?: boolean },
  now = Date.now,
): Promise<RefreshReport> {
  onlyRoot("refresh writes what images are decided by: sudo bulkhead advisories refresh");
  const { paths, config } = await findInstance(options.root);
  const file = advisoriesFile({ root: paths.root });
  const followed = await readFollowed(file);
  if (followed.length === 0) return { looked: [] };
  try {
    const lock = { file: join(paths.root, "advisories", "refresh.lock"), remove: true };
    return await withMachineLock(async () => {
      const due = options.all === true ? followed : dueOf(followed, await readLooks(file), now());
      for (const each of due) {
        const { outcome, says } = await takenFrom(each, paths.root);
        await writeLooks(file, withLook(await readLooks(file), { location: each.location, at: now(), outcome, says }));
      }
      await tell(paths, config, file);
      const locations = new Set(due.map(({ location }) => location));
      return { looked: (await readLooks(file)).filter(({ location }) => locations.has(location)) };
    }, lock);
  } catch (error) {
    if (error instanceof MachineLockError) throw new CommandFailure("another refresh is under way", 1, error);
    throw error;
  }
}

const most = 1000;

async function takenFrom(
  { location, ecosystem, plainHttp }: Followed,
  root: string,
): Promise<Pick<Look, "outcome" | "says">> {
  let report: ImportReport;
  try {
    report = await importCommand(location, { root, plainHttp: plainHttp === true, ...(ecosystem && { ecosystem }) });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { outcome: "failed", says: error.message.slice(0, most) };
  }
  const bad = report.sources.filter((source) => source.outcome !== "taken");
  const says = bad.map(({ says: why }) => why).join("; ");
  if (bad.length === 0) return { outcome: "taken", says: `${report.sources.length} sources` };
  return { outcome: bad.some(({ outcome }) => outcome === "failed") ? "failed" : "held", says: says.slice(0, most) };
}

/** Where the API does not answer, the next look tells. */
async function tell(paths: InstancePaths, { nodeName }: InstanceConfig, file: string): Promise<void> {
  const looks = await readLooks(file);
  const untold = looks.filter(({ told }) => !told);
  if (untold.length === 0) return;
  const client = await keeperClient(paths).catch(() => undefined);
  if (client === undefined) return;
  try {
    const node = await client.get(resources.nodes, { namespace: "", name: nodeName }).catch(() => undefined);
    if (node === undefined) return;
    const recorder = createEventRecorder({ client, component: "bulkhead-currency" });
    for (const { location, outcome, says } of untold)
      if (outcome === "taken") recorder.event(node, "Normal", "AdvisoriesRefreshed", `${location}: taken in again`);
      else
        recorder.event(
          node,
          "Warning",
          outcome === "held" ? "AdvisoriesRefreshHeld" : "AdvisoriesRefreshFailed",
          `${location}: ${says}; bulkhead advisories status`,
        );
    await recorder.flush();
    await writeLooks(
      file,
      looks.map((look) => ({ ...look, told: true })),
    );
  } finally {
    client.close();
  }
}
