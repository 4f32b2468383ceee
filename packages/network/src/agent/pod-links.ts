import type { Pod } from "@bulkhead/api";
import type { Actual } from "../nft/diff.ts";
import type { PodLink } from "../policy/base-table.ts";
import { sourcesSet } from "../policy/names.ts";

/** A pod as the kubelet hands it over once its sandbox has an address. */
export interface PodOnNetwork {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ips: readonly string[];
  /** The pod's link in the instance's namespace, as the CNI result names it; looked up by route when absent. */
  readonly hostInterface?: string | undefined;
  /** File of the pod's own network namespace. */
  readonly netns?: string | undefined;
}

/** Which pod hangs on which link. */
export interface PodLinks {
  readonly size: number;
  get(uid: string): PodOnNetwork | undefined;
  set(pod: PodOnNetwork & { readonly hostInterface: string }): void;
  delete(uid: string): boolean;
  /** Takes over the links of a table that another agent left; each holds until a pod of ours claims it. */
  adopt(actual: Actual): void;
  /** Links for the source guard; adopted ones only if `isPodAddress` says that a pod still has the address. */
  list(isPodAddress: (ip: string) => boolean): PodLink[];
  /**
   * Addresses of this node's pods by pod key: those of their links, whatever their status says (who may write a status
   * must not take another pod's rules); of adopted links those that the status confirms.
   */
  addresses(pods: Iterable<Pod>, node: string): ReadonlyMap<string, readonly string[]>;
  namespaces(): ReadonlySet<string>;
  /** `NAMESPACE/NAME` of the pod on an interface. */
  podOn(hostInterface: string): string | undefined;
}

export function createPodLinks(): PodLinks {
  const pods = new Map<string, PodOnNetwork & { readonly hostInterface: string }>();
  const adopted = new Map<string, string>();
  return {
    get size() {
      return pods.size;
    },
    get: (uid) => pods.get(uid),
    set(pod) {
      pods.set(pod.uid, pod);
      for (const ip of pod.ips) adopted.delete(ip);
      for (const [ip, link] of adopted) if (link === pod.hostInterface) adopted.delete(ip);
      // An address belongs to one link: a pod whose removal we never heard of has lost it.
      for (const [uid, other] of pods) {
        if (uid !== pod.uid && other.ips.some((ip) => pod.ips.includes(ip))) pods.delete(uid);
      }
    },
    delete: (uid) => pods.delete(uid),
    adopt(actual) {
      for (const family of [4, 6] as const) {
        for (const key of actual.sets.get(sourcesSet(family))?.elements.keys() ?? []) {
          const [link, ip] = key.split(" . ");
          if (link !== undefined && ip !== undefined) adopted.set(ip, link);
        }
      }
    },
    list(isPodAddress) {
      const links: PodLink[] = [...pods.values()];
      for (const [ip, hostInterface] of adopted) if (isPodAddress(ip)) links.push({ hostInterface, ips: [ip] });
      return links;
    },
    addresses(objects, node) {
      const all = new Map<string, readonly string[]>();
      for (const { metadata, spec, status } of objects) {
        if (spec?.nodeName !== node || spec.hostNetwork === true) continue;
        const told = (status?.podIPs ?? []).map((p) => p.ip).filter((ip) => adopted.has(ip));
        all.set(`${metadata.namespace ?? ""}/${metadata.name ?? ""}`, pods.get(metadata.uid ?? "")?.ips ?? told);
      }
      return all;
    },
    podOn(hostInterface) {
      const pod = pods.values().find((p) => p.hostInterface === hostInterface);
      return pod === undefined ? undefined : `${pod.namespace}/${pod.name}`;
    },
    namespaces: () => new Set(Array.from(pods.values(), (pod) => pod.namespace)),
  };
}
