import type { Pod, PodStatus } from "@bulkhead/api";

const same = (a: unknown, b: unknown): boolean => stable(a) === stable(b);

const stable = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, each]) => each !== undefined && each !== null)
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  ) ?? "";

/** Fields that this agent writes whole; whoever else writes status writes other ones. */
const owned = [
  "phase",
  "reason",
  "message",
  "hostIP",
  "hostIPs",
  "podIP",
  "podIPs",
  "startTime",
  "initContainerStatuses",
  "containerStatuses",
  "ephemeralContainerStatuses",
  "qosClass",
  "observedGeneration",
] as const;

/**
 * The strategic merge patch from what the API has to what is, guarded by the pod's UID; undefined when both are alike.
 * Conditions merge by type, so that others' (readiness gates) stay.
 */
export function statusPatch(pod: Pod, next: PodStatus): object | undefined {
  const current: PodStatus = pod.status ?? {};
  const status: Record<string, unknown> = {};
  for (const field of owned) {
    const [was, is] = [current[field], next[field]];
    if (same(was, is)) continue;
    if (is === undefined) status[field] = null;
    // These two merge by key on the server, which would keep what is no more.
    else if (field === "podIPs" || field === "hostIPs") status[field] = [{ $patch: "replace" }, ...(is as object[])];
    else status[field] = is;
  }
  const changed = (next.conditions ?? []).filter(
    (condition) =>
      !same(
        condition,
        current.conditions?.find(({ type }) => type === condition.type),
      ),
  );
  if (changed.length > 0) {
    status["conditions"] = changed.map((condition) => ({
      ...condition,
      reason: condition.reason ?? null,
      message: condition.message ?? null,
    }));
  }
  return Object.keys(status).length === 0 ? undefined : { metadata: { uid: pod.metadata.uid }, status };
}
