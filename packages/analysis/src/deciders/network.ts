import type { KubeObject, Pod, Service } from "@bulkhead/api";
import {
  evaluateNetwork,
  type NetworkRuleSet,
  normaliseNetwork,
  type PodKey,
  type Protocol,
  type TrafficEnd,
  type TrafficVerdict,
} from "@bulkhead/policy";
import { exceptionRules } from "../posture/exceptions.ts";
import { type Workload, workloadOf, workloadsIn } from "../posture/workload.ts";
import { type Kind, kinds } from "../snapshot/kinds.ts";
import type { Derivation, View } from "../snapshot/view.ts";

/** Where pods that are only meant stand: a range that nothing real uses (RFC 2544). */
const standIn = (index: number): string => `198.18.${(index >> 8) & 255}.${index & 255}`;

interface Stood {
  /** Pods that are, and one for each workload that has none yet, as its template would make it. */
  readonly pods: readonly Pod[];
  /** Of which pods a workload consists, by its object's `kind namespace/name`. */
  readonly of: ReadonlyMap<string, readonly PodKey[]>;
}

const nameOf = ({ object, namespace }: Workload): string => `${object.kind} ${namespace}/${object.metadata.name ?? ""}`;

/** The topmost judged object above a pod. */
function aboveOf(pod: Pod, view: View): string | undefined {
  let object: KubeObject = pod;
  for (let steps = 0; steps < 4; steps++) {
    const workload = workloadOf(object, view);
    if (workload !== undefined) return nameOf(workload);
    const owner = object.metadata.ownerReferences?.find((o) => o.controller === true);
    const kind = [
      kinds.replicaSet,
      kinds.deployment,
      kinds.statefulSet,
      kinds.daemonSet,
      kinds.job,
      kinds.cronJob,
    ].find(({ key }) => key.endsWith(`/${owner?.kind ?? "?"}`));
    const next =
      kind === undefined
        ? undefined
        : view.get<KubeObject>(kind as Kind, object.metadata.namespace ?? "", owner?.name ?? "");
    if (next === undefined) return undefined;
    object = next;
  }
  return undefined;
}

const stoodPods: Derivation<Stood> = {
  name: "network-pods",
  compute: (view) => {
    const of = new Map<string, PodKey[]>();
    const pods: Pod[] = [];
    for (const pod of view.list(kinds.pod)) {
      pods.push(pod);
      const above = aboveOf(pod, view);
      if (above !== undefined)
        of.set(above, [...(of.get(above) ?? []), `${pod.metadata.namespace ?? ""}/${pod.metadata.name ?? ""}`]);
    }
    const meant = workloadsIn(view)
      .filter((workload) => workload.object.kind !== "Pod" && !of.has(nameOf(workload)))
      .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    for (const [index, workload] of meant.entries()) {
      // A name that no pod can have.
      const name = `${workload.object.kind}:${workload.object.metadata.name ?? ""}`;
      pods.push({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...workload.template.metadata, namespace: workload.namespace, name },
        spec: workload.spec,
        status: { podIPs: [{ ip: standIn(index) }] },
      });
      of.set(nameOf(workload), [`${workload.namespace}/${name}`]);
    }
    // A pod that stands for itself and has no address yet.
    return { pods: pods.map((pod, index) => addressed(pod, meant.length + index)), of };
  },
};

const addressed = (pod: Pod, index: number): Pod =>
  (pod.status?.podIPs ?? []).length > 0 || pod.status?.podIP !== undefined
    ? pod
    : { ...pod, status: { ...pod.status, podIPs: [{ ip: standIn(index) }] } };

/** The network's rules, over pods that are and pods that are meant. */
export const trafficRules: Derivation<NetworkRuleSet> = {
  name: "traffic-rules",
  compute: (view) => {
    // Read for the clock: an Exception that ends ends here too.
    view.derive(exceptionRules);
    return normaliseNetwork({
      pods: view.derive(stoodPods).pods,
      namespaces: view.knows(kinds.namespace) ? view.list(kinds.namespace) : [],
      policies: view.list(kinds.networkPolicy),
      exceptions: view.knows(kinds.exception) ? view.list(kinds.exception) : [],
      facts: { ...view.settings.network, now: 0 },
    });
  },
};

/** The pods of a workload, by the keys of `trafficRules`. */
export const podsOf = (view: View, workload: Workload): readonly PodKey[] =>
  view.derive(stoodPods).of.get(nameOf(workload)) ?? [];

/** An address out there that nobody knows (RFC 5737). */
export const outside: TrafficEnd = { ip: "203.0.113.77" };

/** May this connection be opened? The network decider's own answer; `undefined` for a workload without pods. */
export function mayConnect(
  view: View,
  from: Workload | TrafficEnd,
  to: Workload | TrafficEnd,
  port: number,
  protocol: Protocol = "TCP",
): TrafficVerdict | undefined {
  const end = (one: Workload | TrafficEnd): TrafficEnd | undefined => {
    if (!("object" in one)) return one;
    const pod = podsOf(view, one)[0];
    return pod === undefined ? undefined : { pod };
  };
  const [source, target] = [end(from), end(to)];
  if (source === undefined || target === undefined) return undefined;
  return evaluateNetwork(view.derive(trafficRules), { from: source, to: target, port, protocol });
}

/** The Services in front of a workload. */
export const servicesOf = (view: View, { namespace, template }: Workload): readonly Service[] =>
  view.list(kinds.service, namespace).filter((service) => {
    const selector = Object.entries(service.spec?.selector ?? {});
    const labels = template.metadata.labels ?? {};
    return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
  });
