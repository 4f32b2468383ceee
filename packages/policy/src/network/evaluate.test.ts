import type { Exception, Namespace, NetworkPolicy, NetworkPolicySpec, Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { evaluateNetwork } from "./evaluate.ts";
import type { NetworkFacts } from "./input.ts";
import { normaliseNetwork } from "./normalise.ts";
import type { TrafficEnd } from "./question.ts";
import type { NetworkRuleSet, Protocol } from "./rule-set.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

interface PodInit {
  readonly labels?: Record<string, string>;
  readonly ip?: string | readonly string[];
  readonly ports?: readonly { name: string; containerPort: number; protocol?: string }[];
  readonly hostNetwork?: boolean;
  readonly phase?: string;
  readonly owner?: readonly [kind: string, name: string];
}

function makePod(key: string, init: PodInit = {}): Pod {
  const [namespace = "", name = ""] = key.split("/");
  const ips = typeof init.ip === "string" ? [init.ip] : (init.ip ?? []);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      name,
      uid: key,
      labels: init.labels ?? {},
      ...(init.owner === undefined
        ? {}
        : {
            ownerReferences: [
              { apiVersion: "apps/v1", kind: init.owner[0], name: init.owner[1], uid: "o", controller: true },
            ],
          }),
    },
    spec: {
      containers: [{ name: "c", ports: (init.ports ?? []).map((p) => ({ ...p })) }],
      ...(init.hostNetwork === undefined ? {} : { hostNetwork: init.hostNetwork }),
    },
    status: { phase: init.phase ?? "Running", podIPs: ips.map((ip) => ({ ip })) },
  };
}

const makeNamespace = (name: string, labels: Record<string, string> = {}): Namespace => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } },
});

const makePolicy = (key: string, spec: NetworkPolicySpec): NetworkPolicy => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { namespace: key.split("/")[0], name: key.split("/")[1] },
  spec,
});

function makeException(key: string, subject: Exception["spec"]["subject"], rule: string, value?: string): Exception {
  return {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "Exception",
    metadata: { namespace: key.split("/")[0], name: key.split("/")[1] },
    spec: {
      decider: "network",
      rule,
      subject,
      ...(value === undefined ? {} : { value }),
      reason: "a test",
      author: "alice",
      expires: "2026-11-28T12:00:00Z",
    },
  };
}

const web = makePod("shop/web-1", { labels: { app: "web" }, ip: "10.1.0.2", owner: ["StatefulSet", "web"] });
const db = makePod("shop/db-0", {
  labels: { app: "db" },
  ip: "10.1.0.3",
  owner: ["StatefulSet", "db"],
  ports: [
    { name: "pg", containerPort: 5432 },
    { name: "stats", containerPort: 9000, protocol: "UDP" },
  ],
});
const other = makePod("other/web", { labels: { app: "web" }, ip: "10.1.0.4" });
const host = makePod("other/host", { labels: { app: "web" }, ip: "192.168.0.9", hostNetwork: true });
const namespaces = [makeNamespace("shop", { team: "a" }), makeNamespace("other", { team: "b" })];

function rulesOf(
  policies: NetworkPolicy[],
  more: { pods?: Pod[]; exceptions?: Exception[]; facts?: Partial<NetworkFacts> } = {},
) {
  return normaliseNetwork({
    pods: [web, db, other, host, ...(more.pods ?? [])],
    namespaces,
    policies,
    exceptions: more.exceptions ?? [],
    facts: { now, nodeIps: ["192.168.0.9"], closed: [], ...more.facts },
  });
}

const end = (text: string): TrafficEnd => (/[a-z]\//.test(text) ? { pod: text } : { ip: text });

/** `shop/web-1 → shop/db-0 5432/TCP` */
function ask(rules: NetworkRuleSet, from: string, to: string, port: number, protocol: Protocol = "TCP") {
  return evaluateNetwork(rules, { from: end(from), to: end(to), protocol, port });
}

const decide = (rules: NetworkRuleSet, from: string, to: string, port: number, protocol: Protocol = "TCP"): string =>
  ask(rules, from, to, port, protocol).decision;

const toDb = (ingress: NetworkPolicySpec["ingress"]): NetworkPolicy =>
  makePolicy("shop/db", { podSelector: { matchLabels: { app: "db" } }, ingress });

describe("who is held", () => {
  test("without a policy everything is open", () => {
    expect(decide(rulesOf([]), "shop/web-1", "shop/db-0", 1)).toBe("allow");
  });

  test("an empty podSelector holds every pod of its namespace and no other", () => {
    const rules = rulesOf([makePolicy("shop/deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] })]);
    expect(decide(rules, "shop/web-1", "shop/db-0", 5432)).toBe("deny");
    expect(decide(rules, "shop/web-1", "192.0.2.1", 443)).toBe("deny");
    expect(decide(rules, "192.0.2.1", "shop/web-1", 443)).toBe("deny");
    expect(decide(rules, "192.0.2.1", "other/web", 443)).toBe("allow");
  });

  test("policyTypes absent: ingress, and egress only with egress rules", () => {
    const ingress = rulesOf([makePolicy("shop/p", { podSelector: {} })]);
    expect(decide(ingress, "shop/web-1", "192.0.2.1", 443)).toBe("allow");
    expect(decide(ingress, "192.0.2.1", "shop/web-1", 443)).toBe("deny");
    const both = rulesOf([makePolicy("shop/p", { podSelector: {}, egress: [{ ports: [{ port: 443 }] }] })]);
    expect(decide(both, "shop/web-1", "192.0.2.1", 443)).toBe("allow");
    expect(decide(both, "shop/web-1", "192.0.2.1", 80)).toBe("deny");
  });

  test("policyTypes decides: egress rules without Egress isolate nothing", () => {
    const rules = rulesOf([
      makePolicy("shop/p", { podSelector: {}, policyTypes: ["Ingress"], egress: [{ ports: [{ port: 443 }] }] }),
    ]);
    expect(decide(rules, "shop/web-1", "192.0.2.1", 80)).toBe("allow");
  });

  test("a policy whose selector cannot be read holds every pod of its namespace", () => {
    const podSelector = { matchExpressions: [{ key: "app", operator: "Like", values: ["w"] }] };
    expect(decide(rulesOf([makePolicy("shop/p", { podSelector })]), "192.0.2.1", "shop/web-1", 80)).toBe("deny");
  });

  test("pods in the host's network are neither held nor found", () => {
    const rules = rulesOf([
      makePolicy("other/deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
      toDb([{ from: [{ namespaceSelector: {} }] }]),
    ]);
    expect(rules.pods.get("other/host")).toMatchObject({ ingress: undefined, egress: undefined });
    expect([...rules.peerSets.values()].flatMap((set) => set.pods)).not.toContain("other/host");
    expect(decide(rules, "192.0.2.1", "other/host", 80)).toBe("allow");
  });

  test("an ended pod has no place: its address is free for another", () => {
    const rules = rulesOf([], { pods: [makePod("shop/done", { ip: "10.1.0.3", phase: "Succeeded" })] });
    expect(rules.podsByIp.get("10.1.0.3")).toBe("shop/db-0");
    expect(ask(rules, "shop/done", "shop/db-0", 1).because[0]?.rule).toBe("unknown-end");
  });
});

describe("peers", () => {
  const allowed = (rules: NetworkRuleSet, to: string, port = 5432): string[] =>
    ["shop/web-1", "other/web", "192.0.2.1"].filter((from) => decide(rules, from, to, port) === "allow");

  test.each<[string, NetworkPolicySpec["ingress"], string[]]>([
    ["no rules: nobody", [], []],
    ["an empty rule: everybody", [{}], ["shop/web-1", "other/web", "192.0.2.1"]],
    ["an empty from: everybody", [{ from: [] }], ["shop/web-1", "other/web", "192.0.2.1"]],
    ["podSelector: own namespace", [{ from: [{ podSelector: {} }] }], ["shop/web-1"]],
    ["podSelector by label", [{ from: [{ podSelector: { matchLabels: { app: "db" } } }] }], []],
    [
      "namespaceSelector: all its pods",
      [{ from: [{ namespaceSelector: { matchLabels: { team: "b" } } }] }],
      ["other/web"],
    ],
    ["empty namespaceSelector: all pods", [{ from: [{ namespaceSelector: {} }] }], ["shop/web-1", "other/web"]],
    [
      "both selectors in a peer: both must match",
      [{ from: [{ namespaceSelector: { matchLabels: { team: "b" } }, podSelector: { matchLabels: { app: "db" } } }] }],
      [],
    ],
    [
      "selectors in two peers: either",
      [{ from: [{ namespaceSelector: { matchLabels: { team: "b" } } }, { podSelector: {} }] }],
      ["shop/web-1", "other/web"],
    ],
    [
      "matchExpressions",
      [{ from: [{ namespaceSelector: { matchExpressions: [{ key: "team", operator: "NotIn", values: ["a"] }] } }] }],
      ["other/web"],
    ],
    ["ipBlock", [{ from: [{ ipBlock: { cidr: "192.0.2.0/24" } }] }], ["192.0.2.1"]],
    ["ipBlock that covers a pod", [{ from: [{ ipBlock: { cidr: "10.1.0.2/32" } }] }], ["shop/web-1"]],
    [
      "ipBlock with except",
      [{ from: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["192.0.2.0/24", "10.1.0.4/32"] } }] }],
      ["shop/web-1"],
    ],
    ["a peer that names nobody", [{ from: [{}] }], []],
    ["a block that is none", [{ from: [{ ipBlock: { cidr: "nonsense" } }] }], []],
    ["an exception that is none", [{ from: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["nonsense"] } }] }], []],
  ])("%s", (_, ingress, expected) => {
    expect(allowed(rulesOf([toDb(ingress)]), "shop/db-0")).toEqual(expected);
  });

  test("policies add up", () => {
    const rules = rulesOf([
      toDb([{ from: [{ podSelector: {} }] }]),
      makePolicy("shop/more", { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "192.0.2.0/24" } }] }] }),
    ]);
    expect(allowed(rules, "shop/db-0")).toEqual(["shop/web-1", "192.0.2.1"]);
  });

  test("a namespace that is not known yet is found by name and by the empty selector only", () => {
    const early = makePod("early/x", { ip: "10.1.0.9" });
    const open = (namespaceSelector: object): string =>
      decide(rulesOf([toDb([{ from: [{ namespaceSelector }] }])], { pods: [early] }), "early/x", "shop/db-0", 1);
    expect(open({ matchExpressions: [{ key: "team", operator: "NotIn", values: ["a"] }] })).toBe("deny");
    expect(open({ matchLabels: { "kubernetes.io/metadata.name": "early" } })).toBe("allow");
    expect(open({})).toBe("allow");
  });
});

describe("ports", () => {
  test.each<[string, NetworkPolicySpec["ingress"], [number, Protocol][]]>([
    [
      "no ports: all",
      [{}],
      [
        [80, "TCP"],
        [5432, "TCP"],
        [9000, "UDP"],
        [80, "SCTP"],
      ],
    ],
    ["a number, TCP unless said", [{ ports: [{ port: 80 }] }], [[80, "TCP"]]],
    ["protocol without port", [{ ports: [{ protocol: "UDP" }] }], [[9000, "UDP"]]],
    ["SCTP", [{ ports: [{ protocol: "SCTP", port: 80 }] }], [[80, "SCTP"]]],
    ["endPort", [{ ports: [{ port: 5000, endPort: 6000 }] }], [[5432, "TCP"]]],
    ["endPort below port", [{ ports: [{ port: 6000, endPort: 5000 }] }], []],
    ["endPort of a name", [{ ports: [{ port: "pg", endPort: 6000 }] }], []],
    ["a name", [{ ports: [{ port: "pg" }] }], [[5432, "TCP"]]],
    ["a name with another protocol", [{ ports: [{ port: "pg", protocol: "UDP" }] }], []],
    ["a name of UDP", [{ ports: [{ port: "stats", protocol: "UDP" }] }], [[9000, "UDP"]]],
    ["a name that nobody has", [{ ports: [{ port: "nope" }] }], []],
    ["a protocol that is none", [{ ports: [{ protocol: "ICMP", port: 80 }] }], []],
    [
      "several",
      [{ ports: [{ port: 80 }, { port: "pg" }] }],
      [
        [80, "TCP"],
        [5432, "TCP"],
      ],
    ],
  ])("%s", (_, ingress, expected) => {
    const rules = rulesOf([toDb(ingress)]);
    const probes: [number, Protocol][] = [
      [80, "TCP"],
      [5432, "TCP"],
      [9000, "UDP"],
      [80, "SCTP"],
    ];
    expect(
      probes.filter(([port, protocol]) => decide(rules, "192.0.2.1", "shop/db-0", port, protocol) === "allow"),
    ).toEqual(expected);
  });

  test("a named port of egress means each destination's own number, and nothing for addresses", () => {
    const second = makePod("shop/db-1", {
      labels: { app: "db" },
      ip: "10.1.0.5",
      ports: [{ name: "pg", containerPort: 6000 }],
    });
    const rules = rulesOf(
      [
        makePolicy("shop/web", {
          podSelector: { matchLabels: { app: "web" } },
          policyTypes: ["Egress"],
          egress: [{ to: [{ podSelector: {} }, { ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: "pg" }] }],
        }),
      ],
      { pods: [second] },
    );
    expect(decide(rules, "shop/web-1", "shop/db-0", 5432)).toBe("allow");
    expect(decide(rules, "shop/web-1", "shop/db-0", 6000)).toBe("deny");
    expect(decide(rules, "shop/web-1", "shop/db-1", 6000)).toBe("allow");
    expect(decide(rules, "shop/web-1", "192.0.2.1", 5432)).toBe("deny");
    expect(rules.problems.map((p) => [p.rule, p.field])).toEqual([["named-port-of-block", "spec.egress[0].to[1]"]]);
  });

  test("a sidecar's port has a name too, an ordinary init container's has none", () => {
    const init = (restartPolicy?: string): Pod => {
      const pod = makePod("shop/s", { ip: "10.1.0.6", labels: { app: "db" } });
      const container = {
        name: "i",
        ports: [{ name: "pg", containerPort: 7000 }],
        ...(restartPolicy ? { restartPolicy } : {}),
      };
      return { ...pod, spec: { containers: [], initContainers: [container] } };
    };
    const policy = toDb([{ ports: [{ port: "pg" }] }]);
    expect(decide(rulesOf([policy], { pods: [init("Always")] }), "192.0.2.1", "shop/s", 7000)).toBe("allow");
    expect(decide(rulesOf([policy], { pods: [init()] }), "192.0.2.1", "shop/s", 7000)).toBe("deny");
  });
});

describe("what no policy can stop, and what none can open", () => {
  const deny = ["shop", "other"].map((ns) =>
    makePolicy(`${ns}/deny`, { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
  );
  const closed = [
    {
      rule: "metadata",
      says: "it hands out the machine's credentials",
      cidrs: ["169.254.0.0/16", "fd00:ec2::254/128"],
    },
  ];

  const everywhere = makePolicy("shop/all", { podSelector: {}, policyTypes: ["Egress"], egress: [{}] });

  test("a pod reaches itself, by its address too", () => {
    expect(decide(rulesOf(deny), "shop/web-1", "shop/web-1", 80)).toBe("allow");
    expect(decide(rulesOf(deny), "shop/web-1", "10.1.0.2", 80)).toBe("allow");
  });

  test("the node reaches its pods, also as a pod in its network; pods do not reach it", () => {
    expect(decide(rulesOf(deny), "192.168.0.9", "shop/web-1", 80)).toBe("allow");
    expect(decide(rulesOf(deny), "other/host", "shop/web-1", 80)).toBe("allow");
    expect(decide(rulesOf(deny), "shop/web-1", "192.168.0.9", 80)).toBe("deny");
  });

  test("a closed range stays closed to open pods and to those whose policy allows the whole world", () => {
    expect(decide(rulesOf([], { facts: { closed } }), "shop/web-1", "169.254.169.254", 80)).toBe("deny");
    expect(
      ask(rulesOf([everywhere], { facts: { closed } }), "shop/web-1", "169.254.169.254", 80).because[0]?.rule,
    ).toBe("metadata");
    expect(decide(rulesOf([everywhere], { facts: { closed } }), "other/host", "169.254.169.254", 80)).toBe("allow");
  });

  test("where the node serves pods itself, policies let them to those ports and nothing leads to others", () => {
    const facts = {
      closed,
      served: [
        { address: "10.0.0.1", protocol: "TCP", port: 6445 },
        { address: "10.96.0.10", protocol: "UDP", port: 53 },
      ] as const,
    };
    const held = makePolicy("shop/deny", { podSelector: {}, policyTypes: ["Egress"] });
    const narrow = makePolicy("shop/registry", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: "10.0.0.1/32" } }], ports: [{ port: 6445, protocol: "TCP" }] }],
    });
    expect(decide(rulesOf([held], { facts }), "shop/web-1", "10.0.0.1", 6445)).toBe("deny");
    expect(decide(rulesOf([held, narrow], { facts }), "shop/web-1", "10.0.0.1", 6445)).toBe("allow");
    expect(decide(rulesOf([held, narrow], { facts }), "shop/web-1", "10.96.0.10", 6445)).toBe("deny");
    const [because] = ask(rulesOf([everywhere], { facts }), "shop/web-1", "10.0.0.1", 22).because;
    expect(because).toEqual({
      rule: "not-served",
      says: "10.0.0.1 is the node's own and serves pods TCP 6445, nothing else",
    });
    expect(decide(rulesOf([], { facts }), "shop/web-1", "10.96.0.10", 53)).toBe("deny");
    expect(decide(rulesOf([], { facts }), "other/host", "10.0.0.1", 22)).toBe("allow");
  });

  test("an Exception opens a closed range only by naming addresses inside it", () => {
    const subject = { kind: "StatefulSet", name: "web" } as const;
    const open = (value: string) =>
      decide(
        rulesOf(deny, { facts: { closed }, exceptions: [makeException("shop/e", subject, "egress", value)] }),
        "shop/web-1",
        "169.254.169.254",
        80,
      );
    expect(open("169.254.169.254:80/TCP")).toBe("allow");
    expect(open("169.254.169.254:443/TCP")).toBe("deny");
    expect(open("0.0.0.0/0:*/*")).toBe("deny");
    expect(open("*:*/*")).toBe("deny");
  });
});

describe("exceptions", () => {
  const deny = ["shop", "other"].map((ns) =>
    makePolicy(`${ns}/deny`, { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
  );
  const subject = { kind: "StatefulSet", name: "web" } as const;
  const egress = makeException("shop/out", subject, "egress", "shop/statefulset/db:5432/TCP");
  const ingress = makeException(
    "shop/in",
    { kind: "StatefulSet", name: "db" },
    "ingress",
    "shop/statefulset/web:5432/TCP",
  );

  test("both ends must be opened", () => {
    expect(decide(rulesOf(deny, { exceptions: [egress] }), "shop/web-1", "shop/db-0", 5432)).toBe("deny");
    expect(decide(rulesOf(deny, { exceptions: [ingress] }), "shop/web-1", "shop/db-0", 5432)).toBe("deny");
    const rules = rulesOf(deny, { exceptions: [egress, ingress] });
    expect(decide(rules, "shop/web-1", "shop/db-0", 5432)).toBe("allow");
    expect(decide(rules, "shop/web-1", "shop/db-0", 5433)).toBe("deny");
    expect(decide(rules, "shop/db-0", "shop/web-1", 5432)).toBe("deny");
    expect(rules.until).toBe(Date.parse("2026-11-28T12:00:00Z"));
  });

  test("an expired, a foreign or a senseless one opens nothing and is told", () => {
    const broken: [Exception, string][] = [
      [{ ...egress, spec: { ...egress.spec, expires: "2026-11-21T12:00:00Z" } }, "expired"],
      [{ ...egress, spec: { ...egress.spec, expires: "soon" } }, "expires"],
      [{ ...egress, spec: { ...egress.spec, reason: " " } }, "reason"],
      [{ ...egress, spec: { ...egress.spec, value: "shop/db" } }, "value"],
      [{ ...egress, spec: { ...egress.spec, rule: "everything" } }, "rule"],
      [{ ...egress, spec: { ...egress.spec, subject: { kind: "Namespace", name: "other" } } }, "subject"],
    ];
    for (const [exception, rule] of broken) {
      const rules = rulesOf(deny, { exceptions: [exception, ingress] });
      expect([rule, decide(rules, "shop/web-1", "shop/db-0", 5432)]).toEqual([rule, "deny"]);
      expect(rules.problems.map((p) => p.rule)).toEqual([rule]);
    }
  });

  test("it is for its own namespace's pods only", () => {
    const elsewhere = { ...egress, metadata: { namespace: "other", name: "out" } };
    expect(decide(rulesOf(deny, { exceptions: [elsewhere, ingress] }), "shop/web-1", "shop/db-0", 5432)).toBe("deny");
  });
});

describe("why", () => {
  const deny = makePolicy("shop/default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });

  test("a refusal names the policy, its field, the rule that would pass and the command", () => {
    const verdict = ask(rulesOf([deny]), "shop/web-1", "shop/db-0", 5432);
    expect(verdict.because).toEqual([
      {
        object: { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace: "shop", name: "default-deny" },
        field: "spec.egress",
        rule: "egress",
        says: "NetworkPolicy shop/default-deny holds the egress of pod shop/web-1, and no rule allows TCP 5432 from pod shop/web-1 to pod shop/db-0",
        passing:
          "[{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchLabels: {app: db}}}], ports: [{protocol: TCP, port: 5432}]}]",
        command: 'bulkhead allow traffic shop/statefulset/web shop/statefulset/db 5432 --reason "…"',
      },
      {
        object: { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace: "shop", name: "default-deny" },
        field: "spec.ingress",
        rule: "ingress",
        says: "NetworkPolicy shop/default-deny holds the ingress of pod shop/db-0, and no rule allows TCP 5432 from pod shop/web-1 to pod shop/db-0",
        passing:
          "[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchLabels: {app: web}}}], ports: [{protocol: TCP, port: 5432}]}]",
        command: 'bulkhead allow traffic shop/statefulset/web shop/statefulset/db 5432 --reason "…"',
      },
    ]);
    expect(verdict.egress?.decision).toBe("deny");
    expect(verdict.ingress?.decision).toBe("deny");
  });

  test("one refusing end gets a command for that end; a rule for other ports is pointed at", () => {
    const rules = rulesOf([toDb([{ from: [{ podSelector: {} }], ports: [{ port: 80 }, { port: 90, endPort: 99 }] }])]);
    const { because } = ask(rules, "shop/web-1", "shop/db-0", 5432);
    expect(because[0]?.command).toBe(
      'bulkhead allow traffic shop/statefulset/web shop/statefulset/db 5432 --only ingress --reason "…"',
    );
    expect(because[1]).toMatchObject({ rule: "other-port", field: "spec.ingress[0].from[0]" });
    expect(because[1]?.says).toContain("TCP 80, TCP 90-99");
  });

  test("a permission names the rule", () => {
    const { because } = ask(rulesOf([toDb([{ from: [{ podSelector: {} }] }])]), "shop/web-1", "shop/db-0", 5432);
    expect(because.map((b) => [b.rule, b.field])).toEqual([
      ["open", undefined],
      ["ingress", "spec.ingress[0].from[0]"],
    ]);
  });

  test("towards an address", () => {
    const { because } = ask(rulesOf([deny]), "shop/web-1", "2001:DB8::0:1", 53, "UDP");
    expect(because[0]?.passing).toBe(
      '[{to: [{ipBlock: {cidr: "2001:db8::1/128"}}], ports: [{protocol: UDP, port: 53}]}]',
    );
    expect(because[0]?.command).toBe(`bulkhead allow traffic shop/statefulset/web '[2001:db8::1]' 53/UDP --reason "…"`);
  });
});

describe("both families", () => {
  const six = makePod("shop/six", { ip: ["10.1.0.7", "fd00::7"], labels: { app: "six" } });
  test("blocks of IPv6 hold for IPv6 addresses", () => {
    const rules = rulesOf(
      [
        makePolicy("shop/six", {
          podSelector: { matchLabels: { app: "six" } },
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from: [{ ipBlock: { cidr: "2001:db8::/32", except: ["2001:db8:1::/48"] } }] }],
          egress: [{ to: [{ ipBlock: { cidr: "::/0" } }] }],
        }),
      ],
      { pods: [six] },
    );
    expect(decide(rules, "2001:db8::1", "fd00::7", 80)).toBe("allow");
    expect(decide(rules, "2001:db8:1::1", "FD00:0::7", 80)).toBe("deny");
    expect(decide(rules, "192.0.2.1", "shop/six", 80)).toBe("deny");
    expect(decide(rules, "shop/six", "2001:db8::1", 80)).toBe("allow");
    expect(decide(rules, "shop/six", "192.0.2.1", 80)).toBe("deny");
  });
});

describe("the rule set", () => {
  test("pods that the same policies hold share a chain, whose id outlives its contents", () => {
    const one = rulesOf([makePolicy("shop/p", { podSelector: {} })]);
    const two = rulesOf([makePolicy("shop/p", { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] })]);
    expect(one.pods.get("shop/web-1")?.ingress).toBe(one.pods.get("shop/db-0")?.ingress);
    expect([...one.chains.keys()]).toEqual([...two.chains.keys()]);
    expect([...one.chains.keys()][0]).toMatch(/^[a-z0-9]{1,20}$/);
  });

  test("equal selectors share a set", () => {
    const rules = rulesOf([
      toDb([{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }]),
      makePolicy("shop/w", {
        podSelector: {},
        ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }],
      }),
    ]);
    expect([...rules.peerSets.values()]).toEqual([
      {
        id: expect.stringMatching(/^p[0-9a-f]{16}$/),
        says: "pods app=web of namespace shop",
        pods: ["shop/web-1"],
        ips: ["10.1.0.2"],
      },
    ]);
  });

  test("addresses that the agent knows win over the status", () => {
    const rules = rulesOf([], { facts: { addresses: new Map([["shop/web-1", ["10.1.0.99"]]]) } });
    expect(rules.pods.get("shop/web-1")?.ips).toEqual(["10.1.0.99"]);
    expect(rules.podsByIp.get("10.1.0.2")).toBeUndefined();
  });
});
