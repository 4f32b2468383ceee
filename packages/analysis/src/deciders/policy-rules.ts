import type { NetworkPolicy, NetworkPolicyPeer, Service } from "@bulkhead/api";
import {
  type AllowEntry,
  type Because,
  type Direction,
  evaluateNetwork,
  type NetworkRuleSet,
  normaliseNetwork,
  type PodKey,
  type TrafficVerdict,
} from "@bulkhead/policy";
import { kinds } from "../snapshot/kinds.ts";
import type { Derivation, View } from "../snapshot/view.ts";
import { bystanders, elsewhereNamespace, heldPods, namespaceTraffic, newcomer, selects, stranger } from "./network.ts";

/** One peer of one rule of a policy, as the decider reads it. */
export interface PolicyRuleEntry extends AllowEntry {
  readonly direction: Direction;
  /** It finds pods of any namespace, whatever their labels. */
  readonly everyPod: boolean;
  /** It covers every address of a family. */
  readonly everyAddress: boolean;
  /** Where the rule stands that the peer is of: `ingress` and its index. */
  readonly rule: number;
  /** The same for the same rule wherever it stands in the list. */
  readonly key: string;
}

interface PolicyAlone {
  readonly rules: NetworkRuleSet;
  readonly entries: readonly PolicyRuleEntry[];
  readonly problems: readonly Because[];
}

const known = new WeakMap<NetworkPolicy, PolicyAlone>();

const portsKey = (ports: AllowEntry["ports"]): string =>
  ports === "any"
    ? "any port"
    : ports.map((p) => `${p.protocol} ${p.kind === "named" ? p.name : `${p.from}-${p.to}`}`).join();

const peerKey = ({ peer }: AllowEntry): string =>
  peer.kind === "any" ? "any" : peer.kind === "pods" ? peer.set : `${peer.cidr} except ${peer.except.join()}`;

/** What a policy says by itself, of a pod that it holds; the decider's own reading. */
export function policyAlone(policy: NetworkPolicy): PolicyAlone {
  const before = known.get(policy);
  if (before !== undefined) return before;
  const namespace = policy.metadata.namespace ?? "";
  const rules = normaliseNetwork({
    pods: bystanders(namespace),
    namespaces: [elsewhereNamespace],
    policies: [{ ...policy, spec: { ...policy.spec, podSelector: {} } }],
    exceptions: [],
    facts: { now: 0, nodeIps: [], closed: [] },
  });
  const pod = rules.pods.get(newcomer(namespace));
  const entries = [pod?.ingress, pod?.egress].flatMap((id) => {
    const chain = id === undefined ? undefined : rules.chains.get(id);
    return (chain?.allows ?? []).map((entry): PolicyRuleEntry => {
      const { peer, origin } = entry;
      return {
        ...entry,
        direction: chain?.direction ?? "ingress",
        everyPod:
          peer.kind === "any" ||
          (peer.kind === "pods" && rules.peerSets.get(peer.set)?.pods.includes(stranger.pod) === true),
        everyAddress: peer.kind === "any" || (peer.kind === "block" && /\/[01]$/.test(peer.cidr)),
        rule: Number(/\[(\d+)\]/.exec(origin.field)?.[1] ?? 0),
        key: `${chain?.direction ?? ""} ${peerKey(entry)} ${portsKey(entry.ports)}`,
      };
    });
  });
  const alone = {
    rules,
    entries: entries.filter((one, i) => entries.findIndex((e) => e.key === one.key) === i),
    problems: rules.problems,
  };
  known.set(policy, alone);
  return alone;
}

/** Whether a policy by itself lets its pods reach an address; addresses that the node closes to all pods are closed. */
export const policyLetsReach = (policy: NetworkPolicy, view: View, ip: string, port: number): TrafficVerdict =>
  evaluateNetwork(
    {
      ...policyAlone(policy).rules,
      closed: view.settings.network.closed.map((range) => ({ ...range, opens: [] })),
    },
    { from: { pod: newcomer(policy.metadata.namespace ?? "") }, to: { ip }, port, protocol: "TCP" },
  );

/** Whether an entry is for this port by number, and not for all ports. */
export const namesPort = ({ ports }: AllowEntry, port: number): boolean =>
  ports !== "any" && ports.some((p) => p.kind === "range" && p.from <= port && port <= p.to);

/** Whether an entry is for every port of TCP. */
export const allPorts = ({ ports }: AllowEntry): boolean =>
  ports === "any" || ports.some((p) => p.kind === "range" && p.from <= 1 && p.to >= 65535);

const facesOutside = ({ spec }: Service): boolean =>
  spec?.type === "LoadBalancer" || spec?.type === "NodePort" || (spec?.externalIPs ?? []).length > 0;

/** The pods of a namespace (the key) that a Service offers to addresses outside the cluster. */
const facing: Derivation<ReadonlySet<PodKey>> = {
  name: "pods-facing-outside",
  compute: (view, namespace) => {
    const services = view.list(kinds.service, namespace).filter(facesOutside);
    if (services.length === 0) return new Set();
    const pods = [...view.derive(namespaceTraffic, namespace).pods.values()];
    return new Set(pods.filter(({ labels }) => services.some((s) => selects(s, labels))).map(({ key }) => key));
  },
  same: (a, b) => a.size === b.size && [...a].every((key) => b.has(key)),
};

/** Whether all that a policy holds is offered to addresses outside anyway. */
export function holdsOnlyFacing(policy: NetworkPolicy, view: View): boolean {
  const namespace = policy.metadata.namespace ?? "";
  const held = view.derive(heldPods, namespace).get(policy.metadata.name ?? "") ?? [];
  const outside = view.derive(facing, namespace);
  return held.length > 0 && held.every((key) => outside.has(key));
}

/** Namespaces that the cluster itself lives in. */
export const systemNamespaces: ReadonlySet<string> = new Set(["kube-system", "kube-public", "kube-node-lease"]);

/** Where the cluster's DNS is found: pods of kube-system, or an address of its own where the node itself answers. */
export function clusterDns(view: View): NetworkPolicyPeer[] {
  const pods = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } };
  if (!view.knows(kinds.service, "kube-system")) return [pods];
  const { clusterIP = "None" } = view.get(kinds.service, "kube-system", "kube-dns")?.spec ?? {};
  if (clusterIP === "None" || clusterIP === "") return [pods];
  return [pods, { ipBlock: { cidr: `${clusterIP}/${clusterIP.includes(":") ? 128 : 32}` } }];
}
