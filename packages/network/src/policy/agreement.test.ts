import { isolatedCondition, type NetworkPolicy, type Pod } from "@bulkhead/api";
import { evaluateNetwork, type NetworkRuleSet, normaliseNetwork, type Protocol } from "@bulkhead/policy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { asActual, diff } from "../nft/diff.ts";
import { generationChains } from "../nft/filter.ts";
import { interpret, type PacketFields } from "../nft/interpret.ts";
import { accept, chain, rule, table } from "../nft/nodes.ts";
import { buildTable } from "./base-table.ts";

const uplink = "uplink";
const nodeIp = "192.168.255.1";

const pods: Pod[] = [
  { key: "a/web", labels: { app: "web" }, ports: [["http", 80]] },
  {
    key: "a/db",
    labels: { app: "db", tier: "back" },
    ports: [
      ["sql", 5432],
      ["http", 8080],
    ],
  },
  { key: "b/web", labels: { app: "web", tier: "back" }, ports: [["http", 8000]] },
  { key: "b/job", labels: {}, ports: [] },
].map(({ key, labels, ports }, i) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    namespace: key.split("/")[0],
    name: key.split("/")[1],
    uid: key,
    labels: labels as Record<string, string>,
  },
  spec: {
    nodeName: "node-1",
    containers: [
      {
        name: "main",
        image: "none",
        readinessProbe: { tcpSocket: { port: 8040 } },
        ports: ports.map(([name, port]) => ({ name: String(name), containerPort: Number(port), protocol: "TCP" })),
      },
    ],
  },
  status: { phase: "Running", podIP: `10.201.0.${i + 2}`, podIPs: [{ ip: `10.201.0.${i + 2}` }] },
}));

const isolatedPod = (pod: Pod): Pod => ({
  ...pod,
  status: { ...pod.status, conditions: [{ type: isolatedCondition, status: "True" }] },
});

const namespaces = ["a", "b"].map((name) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { team: name } },
}));

const labelSelector = fc.oneof(
  fc.constant({}),
  fc.constantFrom("web", "db").map((app) => ({ matchLabels: { app } })),
  fc.constantFrom("Exists", "DoesNotExist").map((operator) => ({ matchExpressions: [{ key: "tier", operator }] })),
);
const namespaceSelector = fc.oneof(
  fc.constant({}),
  fc.constantFrom("a", "b").map((team) => ({ matchLabels: { team } })),
);
const peer = fc.oneof(
  labelSelector.map((podSelector) => ({ podSelector })),
  namespaceSelector.map((selector) => ({ namespaceSelector: selector })),
  fc.tuple(namespaceSelector, labelSelector).map(([n, p]) => ({ namespaceSelector: n, podSelector: p })),
  fc.constantFrom(
    { ipBlock: { cidr: "0.0.0.0/0" } },
    { ipBlock: { cidr: "0.0.0.0/0", except: ["10.201.0.0/30", "203.0.113.0/24"] } },
    { ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.7/32"] } },
    { ipBlock: { cidr: "10.201.0.3/32" } },
    { ipBlock: { cidr: "2001:db8::/32" } },
  ),
);
const port = fc.constantFrom<
  NonNullable<NonNullable<NonNullable<NetworkPolicy["spec"]>["ingress"]>[number]["ports"]>[number]
>(
  { port: 80 },
  { port: 5432, protocol: "TCP" },
  { port: 8000, endPort: 8080 },
  { port: "http" },
  { port: "sql" },
  { port: "nobody" },
  { protocol: "UDP" },
  { port: 53, protocol: "UDP" },
  { port: 132, protocol: "SCTP" },
);
const list = <T>(of: fc.Arbitrary<T>, maxLength: number) => fc.option(fc.array(of, { maxLength }), { nil: undefined });
const policy = fc
  .record({
    namespace: fc.constantFrom("a", "b"),
    podSelector: labelSelector,
    policyTypes: fc.constantFrom(undefined, ["Ingress"], ["Egress"], ["Ingress", "Egress"]),
    ingress: list(fc.record({ from: list(peer, 2), ports: list(port, 3) }), 2),
    egress: list(fc.record({ to: list(peer, 2), ports: list(port, 3) }), 2),
  })
  .map(({ namespace, ...spec }) => ({ namespace, spec }));

const addresses = [
  ...pods.map((p) => p.status?.podIP ?? ""),
  nodeIp,
  "203.0.113.7",
  "203.0.113.8",
  "169.254.169.254",
  "198.51.100.1",
];
const question = fc.record({
  from: fc.constantFrom(...addresses),
  to: fc.constantFrom(...addresses),
  protocol: fc.constantFrom<Protocol>("TCP", "UDP", "SCTP"),
  port: fc.constantFrom(53, 80, 132, 5432, 7999, 8000, 8040, 8080),
});

const isPod = (address: string): boolean => address.startsWith("10.201.");

function packetOf(q: { from: string; to: string; protocol: Protocol; port: number }): PacketFields {
  return {
    iifname: isPod(q.from) ? `veth-${q.from}` : uplink,
    oifname: isPod(q.to) ? `veth-${q.to}` : uplink,
    "ip saddr": q.from,
    "ip daddr": q.to,
    "ct state": "new",
    "ct mark": "0",
    "ct direction": "original",
    "ct original ip saddr": q.from,
    "ct reply ip saddr": q.to,
    "ct reply proto-src": String(q.port),
    "meta l4proto": q.protocol.toLowerCase(),
    "th dport": String(q.port),
  };
}

/** The table with the chains that the filter fills when it applies. */
function compiled(rules: NetworkRuleSet) {
  const built = buildTable({
    network: { uplink, podCidrs: ["10.201.0.0/16"], serviceCidrs: ["10.202.0.0/16"], answered: [] },
    rules,
    links: pods.map((p) => ({ hostInterface: `veth-${p.status?.podIP ?? ""}`, ips: [p.status?.podIP ?? ""] })),
    local: [],
    services: { chains: [], sets: [] },
  });
  const chains = [...built.chains.values()].filter((c) => c.name !== generationChains.admit);
  return table(built.name, [...chains, chain(generationChains.admit, [rule(accept)])], [...built.sets.values()]);
}

test("compiled rules and the decider agree on every connection", () => {
  let allowed = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.array(policy, { maxLength: 4 }),
      fc.array(question, { minLength: 20, maxLength: 20 }),
      fc.oneof(fc.constant<string[]>([]), fc.subarray(["a/web", "a/db", "b/job"])),
      (policies, questions, isolated) => {
        const rules = normaliseNetwork({
          pods: pods.map((pod) => (isolated.includes(pod.metadata.uid ?? "") ? isolatedPod(pod) : pod)),
          namespaces,
          policies: policies.map(({ namespace, spec }, i) => ({
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { namespace, name: `p${i}` },
            spec: JSON.parse(JSON.stringify(spec)) as NonNullable<NetworkPolicy["spec"]>,
          })),
          exceptions: [],
          facts: {
            now: 0,
            nodeIps: [nodeIp],
            closed: [
              { rule: "metadata", says: "metadata", cidrs: ["169.254.0.0/16"] },
              { rule: "node", says: "node", cidrs: ["192.168.255.0/29", "198.51.100.1/32"] },
            ],
          },
        });
        const built = compiled(rules);
        for (const q of questions) {
          // What neither comes from nor goes to a pod is no question of ours: it is not forwarded at all.
          if (!isPod(q.from) && !isPod(q.to)) continue;
          const { decision } = evaluateNetwork(rules, {
            from: { ip: q.from },
            to: { ip: q.to },
            protocol: q.protocol,
            port: q.port,
          });
          const outcome = interpret(built, "forward", packetOf(q));
          expect({ ...q, allowed: outcome.verdict === "accept" }).toEqual({ ...q, allowed: decision === "allow" });
          if (decision === "allow") allowed++;
          else {
            refused++;
            // Who is refused is told by whom.
            expect(outcome.logged).toMatch(/^bulkhead:((egress|ingress|closed):|isolated$)/);
          }
          expect(interpret(built, "source-guard", packetOf(q)).verdict).toBe("accept");
        }
      },
    ),
    { numRuns: 400 },
  );
  expect(allowed).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});

test("isolating a pod changes that pod's elements and no chain, and judges open connections anew", () => {
  const tableOf = (all: readonly Pod[]) =>
    compiled(
      normaliseNetwork({
        pods: all,
        namespaces,
        policies: [],
        exceptions: [],
        facts: { now: 0, nodeIps: [nodeIp], closed: [] },
      }),
    );
  const [web, ...others] = pods;
  if (web === undefined) throw new Error("no pod");
  const { lines, onlyAdds } = diff(tableOf([isolatedPod(web), ...others]), asActual(tableOf(pods)));
  expect(lines.map((line) => line.split(" ").slice(0, 5).join(" "))).toEqual([
    "delete element inet bulkhead egress-4",
    "delete element inet bulkhead ingress-4",
    "add element inet bulkhead isolated-4",
    "add element inet bulkhead answered-4",
    "add element inet bulkhead egress-4",
    "add element inet bulkhead ingress-4",
  ]);
  expect(onlyAdds).toBe(false);
});

test("a packet from a link that no pod has, or under another's address, is dropped before anything else", () => {
  const rules = normaliseNetwork({
    pods,
    namespaces,
    policies: [],
    exceptions: [],
    facts: { now: 0, nodeIps: [nodeIp], closed: [] },
  });
  const built = compiled(rules);
  const from = (iifname: string, saddr: string): string =>
    interpret(built, "source-guard", { iifname, "ip saddr": saddr, "ip daddr": "10.201.0.3" }).verdict;
  expect(from("veth-new", "10.201.0.99")).toBe("drop");
  expect(from("veth-10.201.0.2", "10.201.0.3")).toBe("drop");
  expect(from("veth-10.201.0.2", nodeIp)).toBe("drop");
  expect(from("veth-10.201.0.2", "10.201.0.2")).toBe("accept");
  expect(from(uplink, "10.201.0.2")).toBe("drop");
  expect(from(uplink, "127.0.0.1")).toBe("drop");
  expect(from(uplink, "203.0.113.7")).toBe("accept");
});

test("a destination in the pod network that no pod has is refused, and what concerns no pod is not forwarded", () => {
  const rules = normaliseNetwork({
    pods,
    namespaces,
    policies: [],
    exceptions: [],
    facts: { now: 0, nodeIps: [nodeIp], closed: [] },
  });
  const built = compiled(rules);
  const outcome = (from: string, to: string) =>
    interpret(built, "forward", packetOf({ from, to, protocol: "TCP", port: 80 }));
  expect(outcome("10.201.0.2", "10.201.9.9")).toEqual({ verdict: "reject", logged: "bulkhead:unknown" });
  expect(outcome(nodeIp, "10.201.9.9").verdict).not.toBe("accept");
  expect(outcome("203.0.113.7", "203.0.113.8").verdict).toBe("drop");
  expect(outcome("10.201.0.2", "10.202.0.50")).toEqual({ verdict: "reject", logged: "bulkhead:no-service" });
});
