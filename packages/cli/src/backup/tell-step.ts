import type { InstanceConfig, InstancePaths } from "@bulkhead/host";
import { adminClient } from "../instance/admin-client.ts";
import { tellEvent } from "../instance/tell-event.ts";
import { aloneWithBackups, type BackupStep, noRecord, readRecord, remembered, writeRecord } from "./backup-record.ts";

async function tell(paths: InstancePaths, config: InstanceConfig, { step, note }: BackupStep, at: number) {
  const client = await adminClient(paths).catch(() => undefined);
  if (client === undefined) return false;
  const time = new Date(at).toISOString().toLowerCase().replaceAll(/[:.]/g, "-");
  const told = {
    component: "bulkhead-backup",
    name: `bulkhead-backup-${step}.${time}`,
    reason: `Backup${step.slice(0, 1).toUpperCase()}${step.slice(1)}`,
    message: note,
    type: step === "created" || step === "verified" ? "Normal" : "Warning",
  } as const;
  try {
    return await tellEvent(client, config, told, at);
  } finally {
    client.close();
  }
}

/**
 * Makes an Event of a step, and so a record in the audit log; where the API does not answer, at the next start. For whoever
 * is alone with the backups.
 */
export async function tellStep(
  paths: InstancePaths,
  config: InstanceConfig,
  step: BackupStep,
  now: number,
): Promise<boolean> {
  if (await tell(paths, config, step, now)) return true;
  const record = (await readRecord(paths)) ?? noRecord;
  const untold = [...record.untold, { ...step, at: new Date(now).toISOString() }].slice(-remembered);
  await writeRecord(paths, { ...record, untold });
  return false;
}

/** Tells what nobody heard. */
export async function tellUntold(paths: InstancePaths, config: InstanceConfig): Promise<void> {
  const untold = async () => (await readRecord(paths))?.untold ?? [];
  if ((await untold()).length === 0) return;
  await aloneWithBackups(paths, async () => {
    const left = [];
    for (const step of await untold()) if (!(await tell(paths, config, step, Date.parse(step.at)))) left.push(step);
    await writeRecord(paths, { ...((await readRecord(paths)) ?? noRecord), untold: left });
  });
}
