/** What posting a Binding does to a pod. */
import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { Binding, Pod, PodCondition } from "../../generated/types.ts";
import { conflict } from "../../status.ts";

export function validateBinding(binding: Binding): FieldError[] {
  const { kind = "", name = "" } = binding.target;
  const errors: FieldError[] = [];
  if (kind !== "" && kind !== "Node") errors.push(field.notSupported("target.kind", kind, ["Node", "<empty>"]));
  if (name === "") errors.push(field.required("target.name"));
  return errors;
}

const refuse = (pod: string, why: string): Error => conflict("", "pods/binding", pod, why);

/**
 * Gives a pod to the node that a binding names: a changed copy. Throws a StatusError Conflict where the pod is not
 * the one meant, is being deleted, held by gates, or on a node already. `now` is RFC 3339.
 */
export function bindPod(pod: Pod, binding: Binding, now: string): Pod {
  const name = pod.metadata.name ?? "";
  const { uid, resourceVersion } = binding.metadata;
  if (uid !== undefined && uid !== "" && uid !== pod.metadata.uid) {
    throw refuse(name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== pod.metadata.resourceVersion) {
    throw refuse(
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${pod.metadata.resourceVersion}`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw refuse(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const node = pod.spec?.nodeName ?? "";
  if (node !== "") throw refuse(name, `pod ${name} is already assigned to node "${node}"`);
  if ((pod.spec?.schedulingGates ?? []).length > 0) {
    throw refuse(name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  const status = { ...pod.status };
  delete status.nominatedNodeName;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...merged("annotations", pod.metadata.annotations, binding.metadata.annotations),
      ...merged("labels", pod.metadata.labels, topologyOf(binding.metadata.labels)),
    },
    spec: { ...(pod.spec as NonNullable<Pod["spec"]>), nodeName: binding.target.name ?? "" },
    status: { ...status, conditions: withScheduled(status.conditions ?? [], now) },
  };
}

type Labels = Readonly<Record<string, string>>;

const merged = (key: string, own: Labels | undefined, added: Labels | undefined): Record<string, Labels> =>
  added === undefined ? {} : { [key]: { ...own, ...added } };

/** Of a binding's labels only the node's place in the world becomes the pod's. */
function topologyOf(labels: Labels | undefined): Labels | undefined {
  const kept = Object.entries(labels ?? {}).filter(([label]) => label.startsWith("topology.kubernetes.io/"));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function withScheduled(conditions: readonly PodCondition[], now: string): PodCondition[] {
  // A condition's times are null where they never were.
  const scheduled = {
    lastProbeTime: null,
    lastTransitionTime: now,
    status: "True",
    type: "PodScheduled",
  } as unknown as PodCondition;
  const before = conditions.findIndex(({ type }) => type === "PodScheduled");
  return before < 0 ? [...conditions, scheduled] : conditions.with(before, scheduled);
}
