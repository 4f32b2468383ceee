import {
  clusterExceptionNamespace,
  type ExceptionSubjectKind,
  exceptionClusterKinds,
  securityDefinitions,
} from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIp } from "../address/ip.ts";
import { normaliseExceptions } from "../exception/exceptions.ts";
import { formatTraffic, parseTraffic, type TrafficPeer } from "../network/traffic-value.ts";
import { allowRule, allowTraffic } from "./command.ts";
import { type AllowFacts, parseAllow } from "./parse.ts";
import { liftableRules } from "./rules.ts";
import { shellWord } from "./shell.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const facts: AllowFacts = {
  now,
  author: "alice",
  kindOf: (namespace, name) => (namespace === "shop" && name === "web" ? { kind: "Deployment", name } : undefined),
};

/** A POSIX shell's words of a line: what the commands of refusals are typed into. */
function shell(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|\\'|"[^"]*"|[^\s'"\\])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(')|"([^"]*)"/g, "$1$2$3"),
  );
}

const parse = (line: string) => {
  const allowance = parseAllow(shell(line.replace(/^bulkhead allow /, "")), facts);
  if (allowance.kind !== "exceptions") throw new Error("expected exceptions");
  return allowance.exceptions;
};
const specs = (line: string) =>
  parse(line).map(({ metadata, spec }) => [metadata.namespace, spec.decider, spec.rule, spec.subject, spec.value]);

describe("traffic", () => {
  test("between two workloads: egress there, ingress here", () => {
    expect(specs('bulkhead allow traffic shop/deployment/web data/sts/db 5432 --reason "it works"')).toEqual([
      ["shop", "network", "egress", { kind: "Deployment", name: "web" }, "data/statefulset/db:5432/TCP"],
      ["data", "network", "ingress", { kind: "StatefulSet", name: "db" }, "shop/deployment/web:5432/TCP"],
    ]);
  });

  test.each([
    [
      "traffic shop/web 10.0.0.0/8 53/udp --reason why",
      [["shop", "network", "egress", { kind: "Deployment", name: "web" }, "10.0.0.0/8:53/UDP"]],
    ],
    [
      "traffic '*' shop/web 80-90 --reason why",
      [["shop", "network", "ingress", { kind: "Deployment", name: "web" }, "*:80-90/TCP"]],
    ],
    [
      "traffic shop/web '[fd00::1]' '*' --reason=why",
      [["shop", "network", "egress", { kind: "Deployment", name: "web" }, "[fd00::1]:*/*"]],
    ],
    [
      "traffic shop/web shop/web 1 --only ingress --reason why",
      [["shop", "network", "ingress", { kind: "Deployment", name: "web" }, "shop/deployment/web:1/TCP"]],
    ],
  ])("%s", (line, expected) => {
    expect(specs(line)).toEqual(expected);
  });
});

describe("rules", () => {
  test("an Exception whole, valid by the decider's own reading, for seven days", () => {
    const [exception] = parse('pod-security runAsNonRoot --for deployment/web -n shop --reason "old image"');
    expect(exception).toEqual({
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "Exception",
      metadata: { namespace: "shop", name: expect.stringMatching(/^pod-security-runasnonroot-web-[0-9a-f]{8}$/) },
      spec: {
        decider: "pod-security",
        rule: "runAsNonRoot",
        subject: { kind: "Deployment", name: "web" },
        reason: "old image",
        author: "alice",
        expires: "2026-11-28T12:00:00Z",
      },
    });
    expect(normaliseExceptions(exception === undefined ? [] : [exception], now).problems).toEqual([]);
  });

  test("the same question renews the same object, another value makes another", () => {
    const name = (value: string, reason: string) =>
      parse(`pod-security capabilities_restricted --for pod/p -n shop --value ${value} --reason ${reason}`)[0]?.metadata
        .name;
    expect(name("CHOWN", "a")).toBe(name("CHOWN", "b"));
    expect(name("CHOWN", "a")).not.toBe(name("KILL", "a"));
  });

  test("how long", () => {
    const expires = (more: string) =>
      parse(`image trust --for ns/shop -n shop --value nginx --reason why ${more}`)[0]?.spec.expires;
    expect(expires("--for-days 1")).toBe("2026-11-22T12:00:00Z");
    expect(expires("--until 2027-01-01T00:00:00+01:00")).toBe("2026-12-31T23:00:00Z");
  });
});

describe("what is in no namespace", () => {
  test.each([
    ["clusterrole/system:ops", { kind: "ClusterRole", name: "system:ops" }],
    ["no/vm", { kind: "Node", name: "vm" }],
    ["namespace/risky", { kind: "Namespace", name: "risky" }],
    ["nodefacts/vm -n kube-system", { kind: "NodeFacts", name: "vm" }],
  ])("posture of %s is accepted where the cluster's own Exceptions lie", (text, subject) => {
    const [exception] = parse(`posture some-control --for ${text} --reason "being split"`);
    expect(exception?.metadata.namespace).toBe("kube-system");
    expect(exception?.spec.subject).toEqual(subject);
    expect(normaliseExceptions(exception === undefined ? [] : [exception], now).problems).toEqual([]);
  });

  test("a Namespace beside -n is what is in it, as ever", () => {
    const [exception] = parse("posture some-control --for namespace/shop -n shop --reason why");
    expect(exception?.metadata.namespace).toBe("shop");
  });
});

test.each([
  ["posture some-control --for clusterrole/x -n shop --reason why", "subject"],
  ["posture some-control --for clusterrole/../x --reason why", "subject"],
  ["posture some-control --for clusterrole/.. --reason why", "subject"],
  ["posture some-control --for deployment/web --reason why", "subject"],
  ["posture some-control --for namespace/risky -n shop --reason why", "subject"],
  ["pod-security hostPorts --for node/vm -n shop --reason why", "subject"],
  ["pod-security hostPorts --for node/vm -n kube-system --reason why", "subject"],
  ["image trust --for namespace/risky -n kube-system --reason why", "subject"],
  ["", "usage"],
  ["traffic shop/web", "usage"],
  ["traffic shop/web shop/web 1 2 --reason why", "usage"],
  ["traffic shop/other shop/web 1 --reason why", "subject"],
  ["traffic 10.0.0.1 10.0.0.2 1 --reason why", "subject"],
  ["traffic shop/web shop/web 0 --reason why", "value"],
  ["traffic shop/web shop/web 90-80 --reason why", "value"],
  ["traffic shop/web shop/web 1/ICMP --reason why", "value"],
  ["traffic shop/web shop/web 1 --value x --reason why", "usage"],
  ["traffic shop/web shop/web 1 --only both --reason why", "usage"],
  ["traffic shop/web shop/web 1", "reason"],
  ['traffic shop/web shop/web 1 --reason "…"', "reason"],
  ["nonsense rule --for pod/p -n shop --reason why", "decider"],
  ["image nonsense --for pod/p -n shop --reason why", "rule"],
  ["pod-security hostPorts -n shop --reason why", "subject"],
  ["pod-security hostPorts --for p -n shop --reason why", "subject"],
  ["pod-security hostPorts --for pod/../x -n shop --reason why", "subject"],
  ["pod-security hostPorts --for pod/p --reason why", "subject"],
  ["pod-security hostPorts --for namespace/other -n shop --reason why", "subject"],
  ["image trust --for pod/p -n shop --value NGINX --reason why", "value"],
  ["network egress --for pod/p -n shop --value x --reason why", "value"],
  ["image trust --for pod/p -n shop --reason why --for-days 0", "expiry"],
  ["image trust --for pod/p -n shop --reason why --for-days 366", "expiry"],
  ["image trust --for pod/p -n shop --reason why --until tomorrow", "expiry"],
  ["image trust --for pod/p -n shop --reason why --until 2026-11-21T12:00:00Z", "expiry"],
  ["image trust --for pod/p -n shop --reason why --until 2027-01-01T00:00:00Z --for-days 2", "expiry"],
  ["image trust --for pod/p -n shop --reason why --force", "usage"],
  ["image trust --for pod/p -n shop -n x --reason why", "usage"],
  ["image trust --for pod/p -n shop --reason", "usage"],
  ["node registry 'a b' --reason why", "value"],
  ["node registry x --value y --reason why", "usage"],
  ["node registry x", "reason"],
  ["node registry x --reason why --for-days 366", "expiry"],
  ["node registry x y --reason why", "usage"],
  ["node host-path var --reason why", "value"],
  ["node everything x --reason why", "rule"],
])("bulkhead allow %s: %s", (line, code) => {
  expect(() => parseAllow(shell(line), facts)).toThrow(expect.objectContaining({ name: "AllowError", code }));
});

test.each([
  ["", "2026-11-28T12:00:00Z"],
  ["--for-days 1", "2026-11-22T12:00:00Z"],
  ["--until 2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
])("the node's own rules, for a while %s", (more, expires) => {
  expect(parseAllow(shell(`node host-path /var/log/:ro --reason "logs are read" ${more}`), facts)).toEqual({
    kind: "node",
    allowance: { rule: "host-path", value: "/var/log:ro", reason: "logs are read", author: "alice", expires },
  });
});

describe("commands read back", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
  const kind = fc.constantFrom<ExceptionSubjectKind[]>("Pod", "Deployment", "StatefulSet", "CronJob", "ServiceAccount");
  const subject = fc.record({ kind, name });
  const block = fc.constantFrom("10.0.0.1", "169.254.169.254", "fd00::1").map((text): TrafficPeer => {
    const ip = parseIp(text) ?? { family: 4, value: 0n };
    return { kind: "block", cidr: { family: ip.family, base: ip.value, bits: ip.family === 4 ? 32 : 128 } };
  });
  const held: fc.Arbitrary<TrafficPeer> = fc.record({
    kind: fc.constant("subject" as const),
    namespace: name,
    subject,
  });
  const fill = (command: string): string => command.replace("…", "because");

  test("property: a traffic command makes the exceptions for just that traffic", () => {
    const allowance = fc.record({
      from: held,
      to: fc.oneof(held, block),
      port: fc.integer({ min: 1, max: 65535 }),
      protocol: fc.constantFrom("TCP" as const, "UDP" as const, "SCTP" as const),
      direction: fc.constantFrom(undefined, "egress" as const),
    });
    fc.assert(
      fc.property(allowance, (a) => {
        const exceptions = parse(fill(allowTraffic(a)));
        const traffic = (peer: TrafficPeer) => ({ peer, ports: { from: a.port, to: a.port }, protocol: a.protocol });
        expect(exceptions.map((e) => e.spec.rule)).toEqual(
          a.direction === undefined && a.to.kind === "subject" ? ["egress", "ingress"] : ["egress"],
        );
        expect(parseTraffic(exceptions[0]?.spec.value ?? "")).toEqual(traffic(a.to));
        if (exceptions[1] !== undefined) expect(parseTraffic(exceptions[1].spec.value ?? "")).toEqual(traffic(a.from));
      }),
    );
  });

  test("property: a rule command makes an exception for just that rule, subject and value", () => {
    const allowance = fc
      .constantFrom(
        ...Object.entries(liftableRules).flatMap(([decider, rules]) => rules.map((rule) => ({ decider, rule }))),
      )
      .filter(({ decider }) => decider === "pod-security")
      .chain(({ rule }) =>
        fc.record({
          decider: fc.constant("pod-security" as const),
          rule: fc.constant(rule),
          namespace: name,
          subject,
          value: fc.option(
            fc.stringMatching(/^[ -~]{1,20}$/).filter((v) => !v.startsWith("-")),
            { nil: undefined },
          ),
        }),
      );
    fc.assert(
      fc.property(allowance, (a) => {
        const [exception] = parse(fill(allowRule(a)));
        expect(exception?.metadata.namespace).toBe(a.namespace);
        expect(exception?.spec).toMatchObject({ decider: a.decider, rule: a.rule, subject: a.subject });
        expect(exception?.spec.value).toBe(a.value);
      }),
    );
  });

  test("property: a command about what is in no namespace makes an exception for just that", () => {
    const roleName = fc.stringMatching(/^[a-zA-Z][ -.0-~]{0,12}$/).filter((n) => !/[%/\s]/.test(n));
    const wide = fc.record({
      decider: fc.constant("posture" as const),
      rule: fc.stringMatching(/^[a-z]{1,8}(-[a-z0-9]{1,4})?$/),
      namespace: fc.constant(clusterExceptionNamespace),
      subject: fc.record({ kind: fc.constantFrom<ExceptionSubjectKind[]>(...exceptionClusterKinds), name: roleName }),
    });
    fc.assert(
      fc.property(wide, (a) => {
        const [exception] = parse(fill(allowRule(a)));
        expect(exception?.metadata.namespace).toBe(clusterExceptionNamespace);
        expect(exception?.spec).toMatchObject({ rule: a.rule, subject: a.subject });
        expect(normaliseExceptions(exception === undefined ? [] : [exception], now).problems).toEqual([]);
      }),
    );
  });

  test("property: words survive the shell", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.stringMatching(/^[ -~]{1,12}$/).filter((w) => !w.includes("\\")),
          { minLength: 1 },
        ),
        (words) => {
          expect(shell(words.map(shellWord).join(" "))).toEqual(words);
        },
      ),
    );
  });

  test("property: traffic reads back as written", () => {
    fc.assert(
      fc.property(
        fc.oneof(held, block, fc.constant<TrafficPeer>({ kind: "any" })),
        fc.integer({ min: 1, max: 65535 }),
        (peer, to) => {
          const traffic = { peer, ports: { from: 1, to }, protocol: "TCP" } as const;
          expect(parseTraffic(formatTraffic(traffic))).toEqual(traffic);
        },
      ),
    );
  });
});

test("what is written passes the definition's own patterns", () => {
  const schema = securityDefinitions.find((d) => d.spec.names.kind === "Exception")?.spec.versions[0]?.schema
    ?.openAPIV3Schema;
  const rule = new RegExp(schema?.properties?.["spec"]?.properties?.["rule"]?.pattern ?? "^$");
  for (const rules of Object.values(liftableRules)) for (const name of rules) expect(name).toMatch(rule);
});
