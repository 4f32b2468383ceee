import type { Container, Pod } from "@bulkhead/api";
import { canonicalIp } from "../address/ip.ts";
import { type Identity, podIdentity } from "../exception/subject.ts";
import type { NetworkFacts } from "./input.ts";
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
}

export const podKey = (pod: Pod): PodKey => `${pod.metadata.namespace ?? ""}/${pod.metadata.name ?? ""}`;

const ended = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** The pods that still have a place on the network, in order of their keys. An ended pod's address may be another's by now. */
export function networkPods(pods: readonly Pod[], facts: NetworkFacts): NetworkPod[] {
  const live = pods
    .filter((pod) => !ended(pod))
    .map((pod): NetworkPod => {
      const key = podKey(pod);
      const told = facts.addresses?.get(key) ?? (pod.status?.podIPs ?? []).map((entry) => entry.ip);
      const ips = (told.length > 0 ? told : [pod.status?.podIP ?? ""])
        .map(canonicalIp)
        .filter((ip) => ip !== undefined);
      return {
        key,
        pod,
        namespace: pod.metadata.namespace ?? "",
        labels: pod.metadata.labels ?? {},
        ips: [...new Set(ips)],
        hostNetwork: pod.spec?.hostNetwork === true,
        identity: podIdentity(pod),
      };
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
