import type { Pod } from "@bulkhead/api";
import { latest, type PodRuntime, type RuntimeContainer, type WantedContainer, wantedContainers } from "./model.ts";

/** Whether a container that has exited is to run again, by its own rules, its own policy, then the pod's. */
export function restarts(pod: Pod, wanted: WantedContainer, exitCode: number): boolean {
  if (wanted.role === "sidecar") return true;
  if (wanted.role === "ephemeral") return false;
  for (const rule of wanted.spec.restartPolicyRules ?? []) {
    const values = rule.exitCodes?.values ?? [];
    const matches = rule.exitCodes?.operator === "NotIn" ? !values.includes(exitCode) : values.includes(exitCode);
    if (matches && rule.action === "Restart") return true;
  }
  const policy = wanted.spec.restartPolicy ?? pod.spec?.restartPolicy ?? "Always";
  // An init container that succeeded is done, whatever the pod's policy says.
  if (wanted.role === "init") return exitCode !== 0 && policy !== "Never";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** How often a container crashed since it last ran for long. */
export interface CrashRecord {
  readonly crashes: number;
  /** The container whose exit was counted last. */
  readonly container: string;
}

const firstDelay = 10_000;
const longestDelay = 300_000;
/** A container that ran this long starts again at the first delay. */
const forgiven = 600_000;

/** Counts an exit once. Without a record (a restarted agent), earlier restarts count as crashes. */
export function countCrash(record: CrashRecord | undefined, exited: RuntimeContainer): CrashRecord {
  if (record?.container === exited.id) return record;
  const before = record?.crashes ?? exited.attempt;
  const ran = exited.startedAt === 0 ? 0 : exited.finishedAt - exited.startedAt;
  return { crashes: ran >= forgiven ? 1 : before + 1, container: exited.id };
}

/** Milliseconds between an exit and the next start: none after the first crash, then 10 s doubling to 5 minutes. */
export const crashDelay = (crashes: number): number =>
  crashes <= 1 ? 0 : Math.min(firstDelay * 2 ** Math.min(crashes - 2, 10), longestDelay);

/** Containers that crashed, start again, and wait for it. */
export const backingOff = (
  pod: Pod,
  runtime: PodRuntime,
  crashes: ReadonlyMap<string, CrashRecord>,
  now: number,
): readonly { readonly id: string; readonly name: string }[] =>
  wantedContainers(pod).flatMap((wanted) => {
    const { name } = wanted.spec;
    const container = latest(runtime, name);
    if (container?.phase !== "exited" || !restarts(pod, wanted, container.exitCode)) return [];
    const delay = crashDelay(countCrash(crashes.get(name), container).crashes);
    return container.finishedAt + delay <= now ? [] : [{ id: container.id, name }];
  });

/** Milliseconds to wait after the n-th failed pull in a row: 10 s doubling to 5 minutes. */
export const pullDelay = (failures: number): number =>
  Math.min(firstDelay * 2 ** Math.min(Math.max(failures - 1, 0), 10), longestDelay);

/** Milliseconds to wait after the n-th failure in a row of any other step: 0.5 s doubling to one minute. */
export const stepDelay = (failures: number): number => Math.min(500 * 2 ** Math.min(failures - 1, 10), 60_000);

/** `back-off 20s restarting failed container=NAME pod=POD_NAMESPACE(UID)`, as upstream words it. */
export const crashMessage = (pod: Pod, name: string, delay: number): string =>
  `back-off ${goDuration(delay)} restarting failed container=${name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;

/** 160000 → `2m40s`. */
export function goDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
