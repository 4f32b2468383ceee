import type { Container, Pod } from "@bulkhead/api";
import { canonicalIp } from "../address/ip.ts";
import { type Identity, podIdentity } from "../exception/subject.ts";
import type { NetworkFacts } from "./input.ts";
import { type Isolation, isolationOf } from "./isolation.ts";
import type { PodKey, Protocol } from "./rule-set.ts";

/** A pod with what rules ask of it. */
export interface NetworkPod {
  readonly key: PodKey;
  readonly pod: Pod;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
  readonly identity: Identity;
  /** As its condition says; in the host's network it means nothing. */
  readonly isolation: Isolation | undefined;
}

export const podKey = (pod: Pod): PodKey => `${pod.metadata.namespace ?? ""}/${pod.metadata.name ?? ""}`;

const ended = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

const addressesOf = (pod: Pod): readonly string[] => {
  const all = (pod.status?.podIPs ?? []).map((entry) => entry.ip);
  return all.length > 0 ? all : [pod.status?.podIP ?? ""];
};

function readPod(pod: Pod, addresses: readonly string[]): NetworkPod {
  return {
    key: podKey(pod),
    pod,
    namespace: pod.metadata.namespace ?? "",
    labels: pod.metadata.labels ?? {},
    ips: [...new Set(addresses.map(canonicalIp).filter((ip) => ip !== undefined))],
    hostNetwork: pod.spec?.hostNetwork === true,
    identity: podIdentity(pod),
    isolation: isolationOf(pod),
  };
}

/** Objects of an informer never change: what was read of one stays true. */
const known = new WeakMap<Pod, NetworkPod>();

function knownPod(pod: Pod): NetworkPod {
  const before = known.get(pod);
  if (before !== undefined) return before;
  const read = readPod(pod, addressesOf(pod));
  known.set(pod, read);
  return read;
}

/** The pods that still have a place on the network, in order of their keys. An ended pod's address may be another's by now. */
export function networkPods(pods: readonly Pod[], facts: NetworkFacts): NetworkPod[] {
  const live = pods
    .filter((pod) => !ended(pod))
    .map((pod) => {
      const told = facts.addresses?.get(podKey(pod)) ?? [];
      return told.length > 0 ? readPod(pod, told) : knownPod(pod);
    });
  return live.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Containers whose ports have names for others: the ordinary ones and sidecars (restartable init containers). */
function* portBearers(pod: Pod): Generator<Container> {
  yield* pod.spec?.containers ?? [];
  for (const container of pod.spec?.initContainers ?? []) if (container.restartPolicy === "Always") yield container;
}

/** The number that a pod gives a name for a protocol; the first declaration counts. */
export function namedPort(pod: Pod, name: string, protocol: Protocol): number | undefined {
  for (const container of portBearers(pod)) {
    for (const port of container.ports ?? []) {
      if (port.name === name && (port.protocol ?? "TCP") === protocol) return port.containerPort;
    }
  }
  return undefined;
}
