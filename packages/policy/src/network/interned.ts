import type { LabelSelector, Namespace, NetworkPolicyPeer } from "@bulkhead/api";
import type { Subject } from "../exception/subject.ts";
import { type CompiledSelector, compileSelector } from "../selector/label-selector.ts";
import { type NetworkPod, namedPort } from "./pods.ts";
import type { NamedPortSet, PeerSet, Protocol } from "./rule-set.ts";
import { stableId } from "./stable-id.ts";

const nameLabel = "kubernetes.io/metadata.name";
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Pods by namespace and selectors, each answer worked out once and given a lasting id. */
export class Interned {
  readonly peerSets = new Map<string, PeerSet>();
  readonly namedPorts = new Map<string, NamedPortSet>();
  readonly #byNamespace: ReadonlyMap<string, readonly NetworkPod[]>;
  readonly #namespaces: ReadonlyMap<string, Namespace>;
  readonly #pods: readonly NetworkPod[];

  /** `pods` in the order of their keys. */
  constructor(pods: readonly NetworkPod[], namespaces: readonly Namespace[]) {
    this.#pods = pods.filter((pod) => !pod.hostNetwork);
    this.#byNamespace = Map.groupBy(this.#pods, (pod) => pod.namespace);
    this.#namespaces = new Map(namespaces.map((n) => [n.metadata.name ?? "", n]));
  }

  podsOf(namespace: string): readonly NetworkPod[] {
    return this.#byNamespace.get(namespace) ?? [];
  }

  /** The set that a peer's selectors find from a policy's namespace; undefined when a selector is unreadable. */
  peers(policyNamespace: string, peer: NetworkPolicyPeer): PeerSet | undefined {
    const pods = compileSelector(peer.podSelector ?? {});
    const namespaces = peer.namespaceSelector === undefined ? undefined : compileSelector(peer.namespaceSelector);
    if (!pods.readable || namespaces?.readable === false) return undefined;
    const where = namespaces === undefined ? policyNamespace : `{${namespaces.text}}`;
    return this.#intern(`selector ${where} ${pods.text}`, this.#says(where, namespaces, pods), () =>
      (namespaces === undefined ? this.podsOf(policyNamespace) : [...this.#inNamespaces(namespaces)]).filter((pod) =>
        pods.matches(pod.labels),
      ),
    );
  }

  /** The pods that a subject of an Exception stands for. */
  subject(namespace: string, subject: Subject): PeerSet {
    const named = `${subject.kind} ${namespace}/${subject.name}`;
    return this.#intern(`subject ${named}`, `pods of ${named}`, () =>
      this.podsOf(namespace).filter((pod) =>
        pod.identity.subjects.some((s) => s.kind === subject.kind && s.name === subject.name),
      ),
    );
  }

  named(name: string, protocol: Protocol): NamedPortSet {
    const id = stableId("n", `${protocol} ${name}`);
    const known = this.namedPorts.get(id);
    if (known !== undefined) return known;
    const members = this.#pods.flatMap((pod) => {
      const port = namedPort(pod.pod, name, protocol);
      return port === undefined ? [] : pod.ips.map((ip) => ({ pod: pod.key, ip, port }));
    });
    const set = { id, name, protocol, members };
    this.namedPorts.set(id, set);
    return set;
  }

  #intern(key: string, says: string, find: () => readonly NetworkPod[]): PeerSet {
    const id = stableId("p", key);
    const known = this.peerSets.get(id);
    if (known !== undefined) return known;
    const found = find();
    const set = {
      id,
      says,
      pods: found.map((pod) => pod.key).sort(byText),
      ips: [...new Set(found.flatMap((pod) => pod.ips))].sort(byText),
    };
    this.peerSets.set(id, set);
    return set;
  }

  /** A namespace that is not known yet is found by the empty selector and by its name only. */
  *#inNamespaces(selector: CompiledSelector): Generator<NetworkPod> {
    for (const [name, pods] of this.#byNamespace) {
      const labels = this.#namespaces.get(name)?.metadata.labels;
      const matches = this.#namespaces.has(name)
        ? selector.matches({ ...labels, [nameLabel]: name })
        : selector.text === "" || selector.text === `${nameLabel}=${name}`;
      if (matches) yield* pods;
    }
  }

  #says(where: string, namespaces: CompiledSelector | undefined, pods: CompiledSelector): string {
    const who = pods.text === "" ? "all pods" : `pods ${pods.text}`;
    if (namespaces === undefined) return `${who} of namespace ${where}`;
    return `${who} of ${namespaces.text === "" ? "all namespaces" : `namespaces ${namespaces.text}`}`;
  }
}

/** The pods of a namespace that a policy holds; one that cannot be read holds them all. */
export function heldPods(interned: Interned, namespace: string, podSelector: LabelSelector): readonly NetworkPod[] {
  const selector = compileSelector(podSelector);
  return interned.podsOf(namespace).filter((pod) => !selector.readable || selector.matches(pod.labels));
}
