import type { LimitRange } from "@bulkhead/api";
import type { PlacedContainer, Workload } from "../posture/workload.ts";
import { kinds } from "../snapshot/kinds.ts";
import type { View } from "../snapshot/view.ts";

type Amount = "limits" | "requests";

/** Whether a namespace's LimitRange fills an amount in for containers that say nothing. */
const filledIn = (ranges: readonly LimitRange[], amount: Amount, resource: string): boolean =>
  ranges.some(({ spec }) =>
    spec?.limits.some(
      (limit) =>
        limit.type === "Container" &&
        // Without a default request the default limit is the request too.
        (limit.default?.[resource] !== undefined ||
          (amount === "requests" && limit.defaultRequest?.[resource] !== undefined)),
    ),
  );

/**
 * Containers whose use of a resource nothing holds (`limits`) or promises (`requests`): not they themselves, nor their
 * pod, nor their namespace's LimitRange. Ephemeral containers cannot say any.
 */
export function withoutResource(
  workload: Workload,
  view: View,
  amount: Amount,
  resource: string,
): readonly PlacedContainer[] {
  const { spec, namespace, containers } = workload;
  const ofPod = spec.resources;
  if (ofPod?.[amount]?.[resource] !== undefined || (amount === "requests" && ofPod?.limits?.[resource] !== undefined))
    return [];
  const open = containers.filter(({ container: { resources }, role }) => {
    if (role === "ephemeral") return false;
    const said = resources?.[amount]?.[resource] ?? (amount === "requests" ? resources?.limits?.[resource] : undefined);
    return said === undefined;
  });
  if (open.length === 0) return [];
  return filledIn(view.list(kinds.limitRange, namespace), amount, resource) ? [] : open;
}
