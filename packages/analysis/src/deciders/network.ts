import type {
  KubeObject,
  LabelSelector,
  Namespace,
  NetworkPolicy,
  NetworkPolicyPeer,
  Pod,
  Service,
} from "@bulkhead/api";
import {
  compileSelector,
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
import { type Kind, kinds, workloadKinds } from "../snapshot/kinds.ts";
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
const keyOf = ({ metadata }: Pod): PodKey => `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;

/** The topmost judged object above a pod. */
function aboveOf(pod: Pod, view: View): string | undefined {
  let object: KubeObject = pod;
  for (let steps = 0; steps < 4; steps++) {
    const workload = workloadOf(object, view);
    if (workload !== undefined) return nameOf(workload);
    const owner = object.metadata.ownerReferences?.find((o) => o.controller === true);
    const kind: Kind | undefined = workloadKinds.find(
      ({ key }) => key === owner?.kind || key.endsWith(`/${owner?.kind ?? "?"}`),
    );
    const next = kind === undefined ? undefined : view.get(kind, object.metadata.namespace ?? "", owner?.name ?? "");
    if (next === undefined) return undefined;
    object = next;
  }
  return undefined;
}

/** What the network's rules ask of a pod, and nothing that changes from minute to minute. */
const asked = ({ metadata, spec, status }: Pod): string =>
  JSON.stringify([
    metadata.name,
    metadata.labels,
    metadata.ownerReferences?.map(({ kind, name }) => [kind, name]),
    spec?.serviceAccountName,
    spec?.hostNetwork,
    spec?.containers.map(({ ports, livenessProbe, readinessProbe, startupProbe }) => [
      ports,
      livenessProbe,
      readinessProbe,
      startupProbe,
    ]),
    spec?.initContainers?.map(({ ports, restartPolicy }) => [ports, restartPolicy]),
    status?.podIPs ?? status?.podIP,
    status?.phase === "Succeeded" || status?.phase === "Failed",
    (status?.conditions ?? []).filter(({ type }) => type.includes("/")),
  ]);

/** The pods of one namespace (the key). */
const stoodPods: Derivation<Stood> = {
  name: "network-pods",
  compute: (view, namespace) => {
    const of = new Map<string, PodKey[]>();
    const pods: Pod[] = [];
    for (const pod of view.list(kinds.pod, namespace)) {
      pods.push(pod);
      const above = aboveOf(pod, view);
      if (above === undefined) continue;
      const known = of.get(above);
      if (known === undefined) of.set(above, [keyOf(pod)]);
      else known.push(keyOf(pod));
    }
    for (const workload of workloadsIn(view, namespace)) {
      if (workload.object.kind === "Pod" || of.has(nameOf(workload))) continue;
      // A name that no pod can have.
      const name = `${workload.object.kind}:${workload.object.metadata.name ?? ""}`;
      const { template, spec, object } = workload;
      const { apiVersion, kind } = object;
      const owner = { apiVersion, kind, name: object.metadata.name ?? "", uid: "", controller: true };
      pods.push({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...template.metadata, namespace, name, ownerReferences: [owner] },
        spec,
      });
      of.set(nameOf(workload), [`${namespace}/${name}`]);
    }
    return { pods: pods.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)), of };
  },
  same: (a, b) =>
    a.pods.length === b.pods.length &&
    a.pods.every((pod, index) => pod === b.pods[index] || asked(pod) === asked(b.pods[index] ?? pod)) &&
    JSON.stringify([...a.of]) === JSON.stringify([...b.of]),
};

const namespacesWithPods: Derivation<readonly string[]> = {
  name: "namespaces-with-pods",
  compute: (view) => [...new Set(workloadKinds.flatMap((kind) => view.namespaces(kind)))].toSorted(),
  same: (a, b) => a.join() === b.join(),
};

const addressed = (pod: Pod, index: number): Pod =>
  (pod.status?.podIPs ?? []).length > 0 || pod.status?.podIP !== undefined
    ? pod
    : { ...pod, status: { ...pod.status, podIPs: [{ ip: standIn(index) }] } };

/** Exceptions of the network that hold now: the clock is read there, so one that ends ends here too. */
const openings = (view: View) => [...(view.derive(exceptionRules).byDecider.get("network")?.values() ?? [])].flat();

/** The network's rules, over pods that are and pods that are meant. */
export const trafficRules: Derivation<NetworkRuleSet> = {
  name: "traffic-rules",
  compute: (view) => {
    const policies = view.list(kinds.networkPolicy);
    const pods = view.derive(namespacesWithPods).flatMap((namespace) => view.derive(stoodPods, namespace).pods);
    return normaliseNetwork({
      pods: pods.map(addressed),
      namespaces: policies.some(selectsNamespaces) || view.knows(kinds.namespace) ? view.list(kinds.namespace) : [],
      policies,
      exceptions: openings(view),
      facts: { ...view.settings.network, now: 0 },
    });
  },
};

/** Whether a policy's meaning depends on the labels of namespaces. */
const selectsNamespaces = ({ spec }: NetworkPolicy): boolean =>
  [
    ...(spec?.ingress ?? []).flatMap(({ from }) => from ?? []),
    ...(spec?.egress ?? []).flatMap(({ to }) => to ?? []),
  ].some(({ namespaceSelector }) => namespaceSelector !== undefined);

const elsewhere = ":elsewhere";
/** A pod of a namespace that no policy knows by name. */
export const stranger: { readonly pod: PodKey } = { pod: `${elsewhere}/stranger` };
/** A pod of a namespace that no policy knows by its labels. */
export const newcomer = (namespace: string): PodKey => `${namespace}/:newcomer`;

const bare = (namespace: string, name: string, ip: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace, name },
  spec: { containers: [] },
  status: { podIPs: [{ ip }] },
});

/** Those whom nobody thought of when the policies of a namespace were written. */
export const bystanders = (namespace: string): Pod[] => [
  bare(elsewhere, "stranger", "198.19.0.1"),
  bare(namespace, ":newcomer", "198.19.0.2"),
];
export const elsewhereNamespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: elsewhere, labels: {} },
} as const;

/** The rules for the pods of one namespace (the key), with a stranger elsewhere and a newcomer in it. */
export const namespaceTraffic: Derivation<NetworkRuleSet> = {
  name: "namespace-traffic",
  compute: (view, namespace) => {
    const policies = view.list(kinds.networkPolicy, namespace);
    const own = policies.some(selectsNamespaces) ? view.get(kinds.namespace, "", namespace) : undefined;
    return normaliseNetwork({
      pods: [...view.derive(stoodPods, namespace).pods.map(addressed), ...bystanders(namespace)],
      namespaces: own === undefined ? [elsewhereNamespace] : [own, elsewhereNamespace],
      policies,
      exceptions: openings(view).filter(({ metadata }) => metadata.namespace === namespace),
      facts: { ...view.settings.network, now: 0 },
    });
  },
};

/** One pod for each set of labels and port names in a namespace (the key): what selectors can tell apart. */
const podShapes: Derivation<readonly Pod[]> = {
  name: "pod-shapes",
  compute: (view, namespace) => {
    const shapes = new Map<string, Pod>();
    for (const { metadata, spec } of view.derive(stoodPods, namespace).pods) {
      if (spec?.hostNetwork === true) continue;
      const name = JSON.stringify([metadata.labels, spec?.containers.map(({ ports }) => ports), spec?.initContainers]);
      if (shapes.has(name)) continue;
      const { labels = {} } = metadata;
      shapes.set(name, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace, name, labels },
        ...(spec === undefined ? {} : { spec }),
        status: { podIPs: [{ ip: standIn(shapes.size) }] },
      });
    }
    return [...shapes.values()];
  },
  same: (a, b) => a.length === b.length && a.every((pod, index) => pod.metadata.name === b[index]?.metadata.name),
};

/** Rules over pods of each shape: for whom selectors find, not for who may connect. */
const shapeRules = (
  pods: readonly Pod[],
  namespaces: readonly Namespace[],
  policies: readonly NetworkPolicy[],
): NetworkRuleSet =>
  normaliseNetwork({ pods, namespaces, policies, exceptions: [], facts: { now: 0, nodeIps: [], closed: [] } });

/** The rules of a namespace's policies (the key) that select namespaces, over the pods that they hold. */
export const roamingRules: Derivation<NetworkRuleSet> = {
  name: "roaming-rules",
  compute: (view, namespace) => {
    const policies = view.list(kinds.networkPolicy, namespace).filter(selectsNamespaces);
    return shapeRules(policies.length === 0 ? [] : view.derive(podShapes, namespace), [], policies);
  },
};

/** Whether a peer that selects namespaces finds a pod in one of them; the key is the namespace and the peer. */
const findsIn: Derivation<boolean> = {
  name: "peer-finds-in",
  compute: (view, key) => {
    const end = key.indexOf("\n");
    const own = view.get(kinds.namespace, "", key.slice(0, end));
    const peer = JSON.parse(key.slice(end + 1)) as NetworkPolicyPeer;
    const asks: NetworkPolicy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { namespace: elsewhere, name: "peer" },
      spec: { podSelector: {}, ingress: [{ from: [peer] }] },
    };
    const { peerSets } = shapeRules(view.derive(podShapes, key.slice(0, end)), own === undefined ? [] : [own], [asks]);
    return [...peerSets.values()].some(({ pods }) => pods.length > 0);
  },
  same: (a, b) => a === b,
};

/** Whether a peer that selects namespaces finds a pod anywhere; the key is the peer. */
const findsAnywhere: Derivation<boolean> = {
  name: "peer-finds",
  compute: (view, peer) => {
    // One namespace that is not known may be any.
    if (!view.knows(kinds.namespace)) view.list(kinds.namespace);
    return view.derive(namespacesWithPods).some((namespace) => view.derive(findsIn, `${namespace}\n${peer}`));
  },
  same: (a, b) => a === b,
};

export const findsPods = (view: View, peer: NetworkPolicyPeer): boolean =>
  view.derive(findsAnywhere, JSON.stringify(peer));

/** Whether a policy's rules name a port of pods that may be anywhere. */
const namesPorts = (policy: NetworkPolicy): boolean =>
  (policy.spec?.egress ?? []).some(({ ports }) => (ports ?? []).some(({ port }) => typeof port === "string"));

/** The rules of those policies that name ports of pods anywhere, over a pod of each shape. */
export const wideRules: Derivation<NetworkRuleSet> = {
  name: "wide-rules",
  compute: (view) => {
    const policies = view.list(kinds.networkPolicy).filter(namesPorts);
    const pods =
      policies.length === 0 ? [] : view.derive(namespacesWithPods).flatMap((one) => view.derive(podShapes, one));
    return shapeRules(pods, policies.some(selectsNamespaces) ? view.list(kinds.namespace) : [], policies);
  },
};

/** The pods that each policy of a namespace (the key) holds, by the policy's name; bystanders are none of them. */
export const heldPods: Derivation<ReadonlyMap<string, readonly PodKey[]>> = {
  name: "held-pods",
  compute: (view, namespace) => {
    const held = new Map<string, Set<PodKey>>();
    const { pods, chains } = view.derive(namespaceTraffic, namespace);
    for (const { key, ingress, egress } of pods.values()) {
      if (key === newcomer(namespace) || key === stranger.pod) continue;
      for (const chain of [ingress, egress])
        for (const { name } of (chain === undefined ? undefined : chains.get(chain))?.policies ?? [])
          held.set(name, (held.get(name) ?? new Set()).add(key));
    }
    return new Map([...held].map(([name, keys]) => [name, [...keys]]));
  },
};

/** Whether a selector finds a workload that policies do not hold, since it is on its node's network. */
export function onNodesNetwork(view: View, namespace: string, selector: LabelSelector | undefined): boolean {
  if (selector === undefined) return false;
  const compiled = compileSelector(selector);
  return workloadsIn(view, namespace).some(
    ({ spec, template }) => spec.hostNetwork === true && compiled.matches(template.metadata.labels),
  );
}

/** The pods of a workload, by the keys of `trafficRules`. */
export const podsOf = (view: View, workload: Workload): readonly PodKey[] =>
  view.derive(stoodPods, workload.namespace).of.get(nameOf(workload)) ?? [];

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
  // Between one namespace and the world outside no other namespace has a say.
  const places = new Set([source, target].filter((one) => one !== outside).map(placeOf));
  const [place] = places;
  const rules =
    places.size === 1 && place !== undefined ? view.derive(namespaceTraffic, place) : view.derive(trafficRules);
  return evaluateNetwork(rules, { from: source, to: target, port, protocol });
}

/** The namespace of an end that is a pod. */
const placeOf = (end: TrafficEnd): string | undefined =>
  "pod" in end ? end.pod.slice(0, end.pod.indexOf("/")) : undefined;

/** Whether a Service's selector finds a pod with these labels. */
export const selects = ({ spec }: Service, labels: Readonly<Record<string, string>> | undefined): boolean => {
  const selector = Object.entries(spec?.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => labels?.[key] === value);
};

/** The Services in front of a workload. */
export const servicesOf = (view: View, { namespace, template }: Workload): readonly Service[] =>
  view.list(kinds.service, namespace).filter((service) => selects(service, template.metadata.labels));
