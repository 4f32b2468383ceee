import { BlockList, isIPv6 } from "node:net";
import type { LabelSelector, Namespace, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod } from "@bulkhead/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluateNetwork } from "./evaluate.ts";
import { normaliseNetwork } from "./normalise.ts";
import { type Protocol, protocols } from "./rule-set.ts";

/*
 * NetworkPolicy read straight from its API documentation, object by object: what the compiled rule set is held
 * against. It shares no code with it.
 */

const selects = (selector: LabelSelector, labels: Record<string, string> = {}): boolean =>
  Object.entries(selector.matchLabels ?? {}).every(([k, v]) => labels[k] === v) &&
  (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === "In") return value !== undefined && values.includes(value);
    if (operator === "NotIn") return value === undefined || !values.includes(value);
    return operator === "Exists" ? value !== undefined : value === undefined;
  });

const inBlock = (ip: string, cidr: string): boolean => {
  const list = new BlockList();
  const [base = "", bits = ""] = cidr.split("/");
  list.addSubnet(base, Number(bits), isIPv6(base) ? "ipv6" : "ipv4");
  return isIPv6(ip) === isIPv6(base) && list.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");
};

/** One end: a pod with its address, or an address alone. */
interface End {
  readonly pod?: Pod;
  readonly ip: string;
}

function peerIs(peer: NetworkPolicyPeer, namespace: string, namespaces: readonly Namespace[], end: End): boolean {
  if (peer.ipBlock !== undefined) {
    return inBlock(end.ip, peer.ipBlock.cidr) && !(peer.ipBlock.except ?? []).some((except) => inBlock(end.ip, except));
  }
  if (end.pod === undefined || end.pod.spec?.hostNetwork === true) return false;
  const home = namespaces.find((n) => n.metadata.name === end.pod?.metadata.namespace);
  const right =
    peer.namespaceSelector === undefined
      ? end.pod.metadata.namespace === namespace
      : selects(peer.namespaceSelector, home?.metadata.labels);
  return right && (peer.podSelector === undefined || selects(peer.podSelector, end.pod.metadata.labels));
}

function portIs(wanted: NetworkPolicyPort, target: End, protocol: Protocol, port: number): boolean {
  if ((wanted.protocol ?? "TCP") !== protocol) return false;
  if (wanted.port === undefined) return true;
  if (typeof wanted.port === "number") return port >= wanted.port && port <= (wanted.endPort ?? wanted.port);
  if (target.pod?.spec?.hostNetwork === true) return false;
  const ports = (target.pod?.spec?.containers ?? []).flatMap((c) => c.ports ?? []);
  return ports.find((p) => p.name === wanted.port && (p.protocol ?? "TCP") === protocol)?.containerPort === port;
}

interface World {
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly policies: readonly NetworkPolicy[];
}

function passes(
  world: World,
  direction: "Ingress" | "Egress",
  held: End,
  other: End,
  target: End,
  protocol: Protocol,
  port: number,
): boolean {
  const { pod } = held;
  if (pod === undefined || pod.spec?.hostNetwork === true) return true;
  const holding = world.policies.filter((policy) => {
    const types = policy.spec?.policyTypes ?? [
      "Ingress",
      ...((policy.spec?.egress ?? []).length > 0 ? ["Egress"] : []),
    ];
    const own = policy.metadata.namespace === pod.metadata.namespace;
    return own && types.includes(direction) && selects(policy.spec?.podSelector ?? {}, pod.metadata.labels);
  });
  if (holding.length === 0) return true;
  return holding.some((policy) => {
    const rules =
      direction === "Ingress"
        ? (policy.spec?.ingress ?? []).map((r) => ({ peers: r.from ?? [], ports: r.ports ?? [] }))
        : (policy.spec?.egress ?? []).map((r) => ({ peers: r.to ?? [], ports: r.ports ?? [] }));
    return rules.some(
      ({ peers, ports }) =>
        (peers.length === 0 ||
          peers.some((peer) => peerIs(peer, policy.metadata.namespace ?? "", world.namespaces, other))) &&
        (ports.length === 0 || ports.some((wanted) => portIs(wanted, target, protocol, port))),
    );
  });
}

function naive(world: World, from: End, to: End, protocol: Protocol, port: number): boolean {
  if (from.pod !== undefined && from.pod === to.pod && from.pod.spec?.hostNetwork !== true) return true;
  const fromNode = from.ip === node || from.pod?.spec?.hostNetwork === true;
  return (
    passes(world, "Egress", from, to, to, protocol, port) &&
    (fromNode || passes(world, "Ingress", to, from, to, protocol, port))
  );
}

const node = "192.168.0.1";
const value = fc.constantFrom("x", "y");
const labels = fc.dictionary(fc.constantFrom("a", "b"), value, { noNullPrototype: true });
const expression = fc.oneof(
  fc.record({
    key: fc.constantFrom("a", "b"),
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.uniqueArray(value, { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom("a", "b"), operator: fc.constantFrom("Exists", "DoesNotExist") }),
);
const selector: fc.Arbitrary<LabelSelector> = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 1 }) },
  { requiredKeys: [] },
);
const blocks = fc.constantFrom(
  "0.0.0.0/0",
  "10.0.0.0/30",
  "10.0.0.2/31",
  "203.0.113.0/24",
  "::/0",
  "fd00::/127",
  "192.168.0.1/32",
);
const peer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
  fc.record({
    ipBlock: fc.record({ cidr: blocks, except: fc.array(blocks, { maxLength: 2 }) }, { requiredKeys: ["cidr"] }),
  }),
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ namespaceSelector: selector, podSelector: selector }),
);
const protocol = fc.constantFrom(...protocols);
const port: fc.Arbitrary<NetworkPolicyPort> = fc.oneof(
  fc.record({ protocol }, { requiredKeys: [] }),
  fc.record(
    { protocol, port: fc.constantFrom<(number | string)[]>(80, 81, "http", "dns") },
    { requiredKeys: ["port"] },
  ),
  fc.record({ port: fc.constant(80), endPort: fc.constantFrom(80, 82) }),
);
const ports = fc.option(fc.array(port, { maxLength: 2 }), { nil: undefined });
const peers = fc.option(fc.array(peer, { maxLength: 2 }), { nil: undefined });
const types = fc.constantFrom<(string[] | undefined)[]>(undefined, ["Ingress"], ["Egress"], ["Ingress", "Egress"]);
const spec = fc.record({
  podSelector: selector,
  policyTypes: types,
  ingress: fc.option(fc.array(fc.record({ from: peers, ports }), { maxLength: 2 }), { nil: undefined }),
  egress: fc.option(fc.array(fc.record({ to: peers, ports }), { maxLength: 2 }), { nil: undefined }),
});

const containerPort = fc.record(
  { name: fc.constantFrom("http", "dns"), containerPort: fc.constantFrom(80, 81, 82), protocol },
  { requiredKeys: ["name", "containerPort"] },
);
const podInit = fc.record({
  namespace: fc.constantFrom("one", "two"),
  labels,
  ports: fc.array(containerPort, { maxLength: 2 }),
  hostNetwork: fc.constantFrom(false, false, false, true),
  family: fc.constantFrom("4", "6"),
});

const world = fc
  .record({
    pods: fc.array(podInit, { minLength: 1, maxLength: 4 }),
    policies: fc.array(fc.record({ namespace: fc.constantFrom("one", "two"), spec }), { maxLength: 4 }),
    labels: fc.tuple(labels, labels),
  })
  .map(
    (init): World => ({
      namespaces: ["one", "two"].map((name, i) => ({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...init.labels[i] } },
      })),
      pods: init.pods.map((p, i) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace: p.namespace, name: `p${i}`, labels: p.labels },
        spec: { containers: [{ name: "c", ports: p.ports }], hostNetwork: p.hostNetwork },
        status: {
          phase: "Running",
          podIPs: [{ ip: p.hostNetwork ? node : p.family === "4" ? `10.0.0.${i}` : `fd00::${i}` }],
        },
      })),
      policies: init.policies.map((p, i) => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { namespace: p.namespace, name: `n${i}` },
        spec: p.spec,
      })),
    }),
  );

test("property: the compiled rules decide as the documentation reads, for every pair of ends", () => {
  fc.assert(
    fc.property(world, protocol, fc.constantFrom(80, 81, 82, 83), (w, asked, at) => {
      const rules = normaliseNetwork({ ...w, exceptions: [], facts: { now: 0, nodeIps: [node], closed: [] } });
      const ends: End[] = [
        ...w.pods.map((pod) => ({ pod, ip: pod.status?.podIPs?.[0]?.ip ?? "" })),
        { ip: "203.0.113.5" },
        { ip: "2001:db8::5" },
        { ip: node },
      ];
      for (const from of ends) {
        for (const to of ends) {
          const question = (end: End) =>
            end.pod === undefined ? { ip: end.ip } : { pod: `${end.pod.metadata.namespace}/${end.pod.metadata.name}` };
          const { decision } = evaluateNetwork(rules, {
            from: question(from),
            to: question(to),
            protocol: asked,
            port: at,
          });
          expect([from.ip, to.ip, decision]).toEqual([
            from.ip,
            to.ip,
            naive(w, from, to, asked, at) ? "allow" : "deny",
          ]);
        }
      }
    }),
    { numRuns: 400 },
  );
});

test("property: a pod asked about by its address is judged as by its name", () => {
  fc.assert(
    fc.property(world, (w) => {
      const rules = normaliseNetwork({ ...w, exceptions: [], facts: { now: 0, nodeIps: [node], closed: [] } });
      for (const [ip, key] of rules.podsByIp) {
        const ask = (from: { pod: string } | { ip: string }) =>
          evaluateNetwork(rules, { from, to: { ip: "203.0.113.5" }, protocol: "TCP", port: 80 });
        expect(ask({ ip }).decision).toBe(ask({ pod: key }).decision);
      }
    }),
  );
});
