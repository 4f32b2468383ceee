import type { KubeObject } from "@bulkhead/api";
import { forbidden, type Pod, type PodSpec, type Toleration } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";
import { type AdmissionPlugin, type AdmissionRequest, isCore } from "./admission.ts";

const isPodCreate = (request: AdmissionRequest): boolean =>
  request.operation === "CREATE" && isCore(request, "pods") && request.subresource === "";

interface PriorityClass extends KubeObject {
  value: number;
  globalDefault?: boolean;
  preemptionPolicy?: string;
}

/** The two classes that every cluster has. */
const systemClasses: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** A pod's priority follows from its class; nobody sets the number. */
export const priority = (store: Store): AdmissionPlugin => {
  const classOf = (name: string): { readonly value: number; readonly preemption: string } | undefined => {
    const stored = store.get({ group: "scheduling.k8s.io", resource: "priorityclasses", namespace: "", name });
    if (stored !== undefined) {
      const found = peek<PriorityClass>(stored);
      return { value: found.value, preemption: found.preemptionPolicy ?? "PreemptLowerPriority" };
    }
    const value = systemClasses[name];
    return value === undefined ? undefined : { value, preemption: "PreemptLowerPriority" };
  };
  return {
    name: "Priority",
    mutate: (request) => {
      if (!isPodCreate(request)) return;
      const pod = request.object as Pod;
      const spec = pod.spec as NonNullable<Pod["spec"]>;
      const name = spec.priorityClassName ?? "";
      const found = name === "" ? { value: 0, preemption: "PreemptLowerPriority" } : classOf(name);
      if (found === undefined)
        throw forbidden("", "pods", request.name, `no PriorityClass with name ${name} was found`);
      if (spec.priority !== undefined && spec.priority !== found.value)
        throw forbidden(
          "",
          "pods",
          request.name,
          `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${found.value} from the given PriorityClass name`,
        );
      spec.priority = found.value;
      if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== found.preemption)
        throw forbidden(
          "",
          "pods",
          request.name,
          `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${found.preemption} from the given PriorityClass name`,
        );
      spec.preemptionPolicy = found.preemption;
    },
  };
};

const tolerationSeconds = 300;
const unready = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

const tolerates = (toleration: Toleration, key: string): boolean =>
  (toleration.key === key || (toleration.key ?? "") === "") &&
  (toleration.effect === "NoExecute" || (toleration.effect ?? "") === "");

/** A pod stays five minutes on a node that went away, unless it says otherwise. */
export const defaultTolerations: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  mutate: (request) => {
    if (!isCore(request, "pods") || request.subresource !== "" || request.object === undefined) return;
    const spec = (request.object as Pod).spec as NonNullable<Pod["spec"]>;
    for (const key of unready) {
      if (spec.tolerations?.some((toleration) => tolerates(toleration, key))) continue;
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: "Exists", effect: "NoExecute", tolerationSeconds },
      ];
    }
  },
};

const usesHost = (spec: NonNullable<Pod["spec"]>): boolean =>
  spec.hostNetwork === true ||
  spec.hostPID === true ||
  spec.hostIPC === true ||
  [...spec.containers, ...(spec.initContainers ?? [])].some((c) => c.securityContext?.privileged === true) ||
  (spec.volumes ?? []).some((volume) => volume.hostPath !== undefined);

/** The spec as it is admitted where users are not the host's unless asked. */
export const withHostUsers = (spec: PodSpec): PodSpec =>
  spec.hostUsers === undefined && !usesHost(spec) ? { ...spec, hostUsers: false } : spec;

/** Every pod that does not ask for the host's has a user namespace of its own, and shows it. */
export const hostUsers: AdmissionPlugin = {
  name: "HostUsers",
  mutate: (request) => {
    if (!isPodCreate(request)) return;
    const pod = request.object as Pod;
    pod.spec = withHostUsers(pod.spec as PodSpec);
  },
};
