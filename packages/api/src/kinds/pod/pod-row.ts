import type { Container, Pod, PodCondition } from "../../generated/types.ts";
import type { RowFacts, SubresourceStrategy } from "../../kind-row.ts";
import { isDNS1123Label, nameIsDNSSubdomain } from "../../name-validation.ts";
import { defineRow, nextGeneration, putBack, startGeneration } from "../row.ts";
import { semanticEqual } from "../semantic-equal.ts";
import { applyMatchLabelKeys } from "./match-label-keys.ts";
import { defaultPod } from "./pod-defaults.ts";
import { podTable } from "./pod-table.ts";
import { podWarnings } from "./pod-warnings.ts";
import { qosClass } from "./qos.ts";
import { validateEphemeralContainersUpdate, validatePodCreate, validatePodUpdate } from "./validation/pod.ts";
import { validatePodResize } from "./validation/pod-resize.ts";
import { validatePodStatusUpdate } from "./validation/pod-status.ts";

function gatedCondition(now: string): PodCondition {
  return {
    lastProbeTime: null,
    lastTransitionTime: now,
    message: "Scheduling is blocked due to non-empty scheduling gates",
    reason: "SchedulingGated",
    status: "False",
    type: "PodScheduled",
  } as unknown as PodCondition;
}

function prepareCreate(draft: Pod, facts: RowFacts): void {
  startGeneration(draft);
  draft.status = { phase: "Pending", ...(draft.spec === undefined ? {} : { qosClass: qosClass(draft.spec) }) };
  if ((draft.spec?.schedulingGates ?? []).length > 0) draft.status.conditions = [gatedCondition(facts.now)];
  applyMatchLabelKeys(draft);
}

const countChange = (draft: Pod, old: Pod): void => nextGeneration(draft, old, !semanticEqual(draft.spec, old.spec));

/** Everything of the metadata but managedFields stays, as a part of the object is replaced. */
function putBackMetadata(draft: Pod, old: Pod): void {
  const { managedFields, resourceVersion } = draft.metadata;
  draft.metadata = { ...old.metadata };
  if (resourceVersion !== undefined) draft.metadata.resourceVersion = resourceVersion;
  if (managedFields === undefined) delete draft.metadata.managedFields;
  else draft.metadata.managedFields = managedFields;
}

/** What the kubelet has seen already is not forgotten by a client that does not know the field. */
function keepObservedGenerations(draft: Pod, old: Pod): void {
  if (draft.status === undefined) return;
  draft.status.qosClass ??= old.status?.qosClass ?? "BestEffort";
  if (old.status?.observedGeneration !== undefined) draft.status.observedGeneration ??= old.status.observedGeneration;
  for (const condition of draft.status.conditions ?? []) {
    const before = old.status?.conditions?.find(({ type }) => type === condition.type)?.observedGeneration;
    if (before !== undefined) condition.observedGeneration ??= before;
  }
}

const status: SubresourceStrategy<Pod> = {
  prepareUpdate(draft, old) {
    putBack(draft, old, "spec");
    putBack(draft.metadata, old.metadata, "generation", "ownerReferences", "deletionTimestamp");
    keepObservedGenerations(draft, old);
  },
  validateUpdate: validatePodStatusUpdate,
  resetFields: ["spec", "metadata.deletionTimestamp", "metadata.ownerReferences"],
};

const ephemeralContainers: SubresourceStrategy<Pod> = {
  prepareUpdate(draft, old) {
    const added = draft.spec?.ephemeralContainers;
    putBackMetadata(draft, old);
    putBack(draft, old, "status");
    draft.spec = { ...(old.spec as NonNullable<Pod["spec"]>) };
    if (added === undefined) delete draft.spec.ephemeralContainers;
    else draft.spec.ephemeralContainers = added;
    countChange(draft, old);
  },
  validateUpdate: validateEphemeralContainersUpdate,
  resetFields: ["metadata", "status"],
  ownedFields: ["spec.ephemeralContainers"],
};

/** Takes over resources and resize policies only; undefined where the containers do not correspond. */
function resized(next: readonly Container[], old: readonly Container[]): Container[] | undefined {
  if (next.length !== old.length) return undefined;
  const containers: Container[] = [];
  for (const [index, before] of old.entries()) {
    const after = next[index] as Container;
    if (after.name !== before.name) return undefined;
    const container = { ...before };
    putBack(container, after, "resources", "resizePolicy");
    containers.push(container);
  }
  return containers;
}

const resize: SubresourceStrategy<Pod> = {
  prepareUpdate(draft, old) {
    const spec = old.spec as NonNullable<Pod["spec"]>;
    const containers = resized(draft.spec?.containers ?? [], spec.containers ?? []);
    const initContainers = resized(draft.spec?.initContainers ?? [], spec.initContainers ?? []);
    // Where they do not correspond, validation says what changed.
    if (containers === undefined || initContainers === undefined) return;
    const resources = draft.spec?.resources;
    draft.spec = { ...spec, containers };
    if (spec.initContainers !== undefined) draft.spec.initContainers = initContainers;
    if (resources === undefined) delete draft.spec.resources;
    else draft.spec.resources = resources;
    putBack(draft, old, "status");
    putBackMetadata(draft, old);
    countChange(draft, old);
  },
  validateUpdate: validatePodResize,
  resetFields: ["metadata", "status"],
  ownedFields: [
    "spec.containers.resources",
    "spec.containers.resizePolicy",
    "spec.initContainers.resources",
    "spec.initContainers.resizePolicy",
    "spec.resources",
  ],
};

function gracePeriod(pod: Pod, asked: number | undefined): number {
  const phase = pod.status?.phase;
  if ((pod.spec?.nodeName ?? "") === "" || phase === "Failed" || phase === "Succeeded") return 0;
  const seconds = asked ?? pod.spec?.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}

function nameWarnings(pod: Pod): string[] {
  const wrong = isDNS1123Label(pod.metadata.name ?? "");
  return wrong.length === 0
    ? []
    : [
        `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(" ")}]`,
      ];
}

export const podRow = defineRow<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  resource: "pods",
  shortNames: ["po"],
  categories: ["all"],
  namespaced: true,
  schema: "io.k8s.api.core.v1.Pod",
  defaults: defaultPod,
  prepareCreate,
  prepareUpdate(draft, old) {
    putBack(draft, old, "status");
    countChange(draft, old);
  },
  validateCreate: validatePodCreate,
  validateUpdate: validatePodUpdate,
  warnings: (next, old) => (old === undefined ? [...nameWarnings(next), ...podWarnings(next)] : []),
  resetFields: ["status"],
  subresources: { status, ephemeralcontainers: ephemeralContainers, resize },
  fieldSelectors: {
    "spec.nodeName": (pod) => pod.spec?.nodeName ?? "",
    "spec.restartPolicy": (pod) => pod.spec?.restartPolicy ?? "",
    "spec.schedulerName": (pod) => pod.spec?.schedulerName ?? "",
    "spec.serviceAccountName": (pod) => pod.spec?.serviceAccountName ?? "",
    "spec.hostNetwork": (pod) => String(pod.spec?.hostNetwork ?? false),
    "status.phase": (pod) => pod.status?.phase ?? "",
    "status.podIP": (pod) => pod.status?.podIPs?.[0]?.ip ?? "",
    "status.nominatedNodeName": (pod) => pod.status?.nominatedNodeName ?? "",
  },
  table: podTable,
  nameErrors: nameIsDNSSubdomain,
  gracePeriod,
});
