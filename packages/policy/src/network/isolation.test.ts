import type { Container, Exception, NetworkPolicy, Pod } from "@bulkhead/api";
import { isolatedCondition } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { evaluateNetwork } from "./evaluate.ts";
import { normaliseNetwork } from "./normalise.ts";
import type { Protocol } from "./rule-set.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

function makePod(
  name: string,
  ip: string,
  more: { isolated?: string; spec?: Partial<NonNullable<Pod["spec"]>> } = {},
): Pod {
  const condition = {
    type: isolatedCondition,
    status: more.isolated ?? "",
    reason: "ImageOutOfPolicy",
    message: "it runs log4j",
    lastTransitionTime: "2026-11-21T11:00:00Z",
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: "shop",
      name,
      uid: name,
      labels: { app: name },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: `${name}s`, uid: "o", controller: true }],
    },
    spec: { containers: [{ name: "c" }], ...more.spec },
    status: {
      phase: "Running",
      podIPs: [{ ip }],
      ...(more.isolated === undefined ? {} : { conditions: [condition] }),
    },
  };
}

const container: Container = {
  name: "c",
  ports: [
    { name: "health", containerPort: 8081 },
    { name: "web", containerPort: 8080 },
  ],
  livenessProbe: { httpGet: { port: "health" } },
  readinessProbe: { tcpSocket: { port: 9090 } },
  startupProbe: { grpc: { port: 9091 } },
  lifecycle: { preStop: { httpGet: { port: "9092" } } },
};
const makeException = (rule: string, expires = "2026-11-28T12:00:00Z"): Exception => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace: "shop", name: "e" },
  spec: {
    decider: "network",
    rule,
    subject: { kind: "StatefulSet", name: "webs" },
    reason: "r",
    author: "a",
    expires,
  },
});
const denyAll: NetworkPolicy = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { namespace: "shop", name: "deny" },
  spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
};

const rulesOf = (web: Pod, more: { exceptions?: Exception[]; policies?: NetworkPolicy[] } = {}) =>
  normaliseNetwork({
    pods: [web, makePod("db", "10.1.0.3")],
    namespaces: [],
    policies: more.policies ?? [],
    exceptions: more.exceptions ?? [],
    facts: { now, nodeIps: ["192.168.0.9"], closed: [] },
  });
const isolated = makePod("web", "10.1.0.2", { isolated: "True", spec: { containers: [container] } });

const ask = (rules: ReturnType<typeof rulesOf>, from: string, to: string, port = 80, protocol: Protocol = "TCP") =>
  evaluateNetwork(rules, { from: { ip: from }, to: { ip: to }, protocol, port });

describe("an isolated pod", () => {
  const rules = rulesOf(isolated);

  test("has no traffic, in or out, whatever no NetworkPolicy says", () => {
    for (const [from, to] of [
      ["10.1.0.2", "10.1.0.3"],
      ["10.1.0.3", "10.1.0.2"],
      ["10.1.0.2", "192.0.2.1"],
      ["192.0.2.1", "10.1.0.2"],
      ["10.1.0.2", "192.168.0.9"],
    ] as const)
      expect(ask(rules, from, to).decision).toBe("deny");
    expect(ask(rules, "10.1.0.3", "192.0.2.1").decision).toBe("allow");
  });

  test("is told of by its own condition, with the command that lets it back and no other", () => {
    const { because } = ask(rulesOf(isolated, { policies: [denyAll] }), "10.1.0.2", "192.0.2.1");
    expect(because).toEqual([
      {
        object: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web" },
        field: "status.conditions[type=security.bulkhead.dev/Isolated]",
        rule: "isolated",
        says: "pod shop/web is isolated since 2026-11-21T11:00:00Z and has no traffic (ImageOutOfPolicy: it runs log4j)",
        command: 'bulkhead allow network isolated --for statefulset/webs -n shop --reason "…"',
      },
    ]);
  });

  test("beside a refusal that traffic can be opened for: each has its own command, for its own end", () => {
    const { because } = ask(rulesOf(isolated, { policies: [denyAll] }), "10.1.0.3", "10.1.0.2", 5432);
    expect(because.map((b) => [b.rule, b.command])).toEqual([
      ["egress", 'bulkhead allow traffic shop/statefulset/dbs shop/statefulset/webs 5432 --only egress --reason "…"'],
      ["isolated", 'bulkhead allow network isolated --for statefulset/webs -n shop --reason "…"'],
    ]);
  });

  test("still answers the node at the ports of its own probes and hooks, over TCP", () => {
    const open = [8080, 8081, 9090, 9091, 9092].filter(
      (port) => ask(rules, "192.168.0.9", "10.1.0.2", port).decision === "allow",
    );
    expect(open).toEqual([8081, 9090, 9091, 9092]);
    expect(ask(rules, "192.168.0.9", "10.1.0.2", 8081, "UDP").decision).toBe("deny");
    expect(ask(rules, "10.1.0.3", "10.1.0.2", 8081).decision).toBe("deny");
  });

  test("is let back by an Exception for any of its names, until that ends", () => {
    const back = rulesOf(isolated, { exceptions: [makeException("isolated")] });
    expect(ask(back, "10.1.0.2", "192.0.2.1").decision).toBe("allow");
    expect(back.problems).toEqual([]);
    expect(back.until).toBe(Date.parse("2026-11-28T12:00:00Z"));
    const expired = rulesOf(isolated, { exceptions: [makeException("isolated", "2026-11-20T12:00:00Z")] });
    expect(ask(expired, "10.1.0.2", "192.0.2.1").decision).toBe("deny");
    const traffic = rulesOf(isolated, { exceptions: [makeException("egress")] });
    expect(ask(traffic, "10.1.0.2", "192.0.2.1").decision).toBe("deny");
  });
});

test("let back, it is held by its NetworkPolicies as before", () => {
  const rules = rulesOf(isolated, { exceptions: [makeException("isolated")], policies: [denyAll] });
  expect(ask(rules, "10.1.0.2", "192.0.2.1").because[0]?.rule).toBe("egress");
});

test.each(["False", "Unknown", "true", ""])("a condition that is %j isolates nothing", (status) => {
  expect(ask(rulesOf(makePod("web", "10.1.0.2", { isolated: status })), "10.1.0.2", "192.0.2.1").decision).toBe(
    "allow",
  );
});

test("a pod of the host's network cannot be isolated, and that is said", () => {
  const rules = rulesOf(makePod("web", "192.168.0.9", { isolated: "True", spec: { hostNetwork: true } }));
  expect(rules.problems.map((p) => [p.rule, p.object?.name])).toEqual([["isolated", "web"]]);
  expect(rules.pods.get("shop/web")?.isolated).toBeUndefined();
});
