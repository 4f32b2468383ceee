import type { Container, Exception, ExceptionSpec, Namespace, Pod, PodSpec, Volume } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normaliseExceptions } from "../exception/exceptions.ts";
import { podIdentity } from "../exception/subject.ts";
import { baselineChecks } from "./baseline.ts";
import { evaluatePodSecurity, namespaceWarnings, normalisePodSecurity } from "./evaluate.ts";
import { formatLevelVersion, podSecurityLabelErrors, podSecurityPolicy } from "./level.ts";
import { restrictedChecks } from "./restricted.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const label = "pod-security.kubernetes.io/";

const makePod = (spec: Partial<PodSpec>, annotations: Record<string, string> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name: "p", annotations },
  spec: { containers: [{ name: "c" }], ...spec },
});

const container = (securityContext: Container["securityContext"], more: Partial<Container> = {}): Partial<PodSpec> => ({
  containers: [{ name: "c", securityContext, ...more }],
});

const namespace = (labels: Record<string, string>): Namespace => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels },
});

/** `restricted`, `baseline:v1.20` */
function evaluate(level: string, pod: Pod, exceptions: Exception[] = []) {
  const [name = "", version = "latest"] = level.split(":");
  const rules = normalisePodSecurity({
    namespaces: [namespace({ [`${label}enforce`]: name, [`${label}enforce-version`]: version })],
    exceptions: normaliseExceptions(exceptions, now),
    defaults: "privileged",
  });
  return evaluatePodSecurity(rules, {
    pod: { metadata: pod.metadata, spec: pod.spec ?? { containers: [] } },
    identity: podIdentity(pod),
    mode: "enforce",
  });
}

const says = (level: string, pod: Pod): string =>
  evaluate(level, pod).says.replace(/^violates PodSecurity "[^"]*": /, "");

/** Passes the restricted standard. */
const safe: Partial<PodSpec> = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [{ name: "c", securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }],
};

describe("as a real API server of 1.36 says it", () => {
  test("restricted, a plain container", () => {
    expect(evaluate("restricted", makePod({})).says).toBe(
      'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  test("restricted, nearly everything wrong", () => {
    const pod = makePod({
      hostNetwork: true,
      hostPID: true,
      securityContext: { runAsUser: 0, sysctls: [{ name: "kernel.msgmax", value: "1" }] },
      volumes: [{ name: "h", hostPath: { path: "/" } }],
      containers: [
        {
          name: "c",
          ports: [{ containerPort: 80, hostPort: 80 }],
          securityContext: {
            capabilities: { add: ["SYS_ADMIN", "NET_RAW"] },
            privileged: true,
            procMount: "Default",
            seccompProfile: { type: "Unconfined" },
          },
        },
        { name: "d" },
      ],
    });
    expect(evaluate("restricted", pod).says).toBe(
      'violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true, hostPID=true), hostPort (container "c" uses hostPort 80), privileged (container "c" must not set securityContext.privileged=true), forbidden sysctls (kernel.msgmax), allowPrivilegeEscalation != false (containers "c", "d" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (containers "c", "d" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add), restricted volume types (volume "h" uses restricted volume type "hostPath"), runAsNonRoot != true (pod or containers "c", "d" must set securityContext.runAsNonRoot=true), runAsUser=0 (pod must not set runAsUser=0), seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    );
  });

  test("baseline, capabilities and SELinux", () => {
    const pod = makePod(
      container({ capabilities: { add: ["CHOWN", "NET_ADMIN"] }, seLinuxOptions: { type: "bad_t", user: "u" } }),
    );
    expect(evaluate("baseline", pod).says).toBe(
      'violates PodSecurity "baseline:latest": non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add), seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "bad_t"; user may not be set)',
    );
  });

  test("a stricter label, for the pods already there", () => {
    const pods = [makePod({ hostNetwork: true })].map((p) => ({ ...p, metadata: { ...p.metadata, name: "ready" } }));
    const exceptions = normaliseExceptions([], now);
    expect(namespaceWarnings("shop", { level: "baseline", minor: undefined }, pods, exceptions)).toEqual([
      'existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"',
      "ready: host namespaces",
    ]);
    const more = ["c", "a", "b"].map((name) => ({
      ...makePod({ hostNetwork: true }),
      metadata: { namespace: "shop", name },
    }));
    expect(namespaceWarnings("shop", { level: "baseline", minor: undefined }, more, exceptions)[1]).toBe(
      "a (and 2 other pods): host namespaces",
    );
    expect(namespaceWarnings("shop", { level: "privileged", minor: undefined }, more, exceptions)).toEqual([]);
  });
});

test("what passes the restricted standard passes them all, and nothing fails the privileged one", () => {
  for (const level of ["restricted", "baseline", "privileged"])
    expect(evaluate(level, makePod(safe)).decision).toBe("allow");
  expect(evaluate("privileged", makePod({ hostNetwork: true, ...container({ privileged: true }) })).decision).toBe(
    "allow",
  );
});

describe("each check of baseline", () => {
  test.each<[string, Partial<PodSpec>, string]>([
    ["hostIPC", { hostIPC: true }, "host namespaces (hostIPC=true)"],
    [
      "hostPath",
      {
        volumes: [
          { name: "a", hostPath: { path: "/" } },
          { name: "b", hostPath: { path: "/x" } },
        ],
      },
      'hostPath volumes (volumes "a", "b")',
    ],
    [
      "hostPorts",
      container(
        {},
        {
          ports: [
            { containerPort: 1, hostPort: 2 },
            { containerPort: 1, hostPort: 10 },
          ],
        },
      ),
      'hostPort (container "c" uses hostPorts 10, 2)',
    ],
    [
      "host of a probe",
      container({}, { livenessProbe: { httpGet: { port: 1, host: "127.0.0.1" } } }),
      'probe or lifecycle host (container "c" uses probe or lifecycle host "127.0.0.1")',
    ],
    [
      "host of a hook",
      container(
        {},
        {
          lifecycle: { preStop: { tcpSocket: { port: 1, host: "b" } }, postStart: { httpGet: { port: 1, host: "a" } } },
        },
      ),
      'probe or lifecycle host (container "c" uses probe or lifecycle hosts "a", "b")',
    ],
    [
      "privileged",
      container({ privileged: true }),
      'privileged (container "c" must not set securityContext.privileged=true)',
    ],
    [
      "procMount",
      container({ procMount: "Unmasked" }),
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      "SELinux role of the pod",
      { securityContext: { seLinuxOptions: { role: "r" } } },
      "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: role may not be set)",
    ],
    [
      "seccomp of pod and container",
      { securityContext: { seccompProfile: { type: "Unconfined" } }, ...container({ seccompProfile: { type: "" } }) },
      'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "", "Unconfined")',
    ],
    [
      "sysctl",
      {
        securityContext: {
          sysctls: [
            { name: "net.core.somaxconn", value: "1" },
            { name: "net.ipv4.tcp_rmem", value: "1" },
          ],
        },
      },
      "forbidden sysctls (net.core.somaxconn)",
    ],
    [
      "hostProcess",
      { securityContext: { windowsOptions: { hostProcess: true } } },
      "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
    ],
    [
      "AppArmor of a container",
      container({ appArmorProfile: { type: "Unconfined" } }),
      'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
    ],
  ])("%s", (_, spec, expected) => {
    expect(says("baseline", makePod(spec))).toBe(expected);
  });

  test("AppArmor by annotation", () => {
    const key = "container.apparmor.security.beta.kubernetes.io/c";
    expect(says("baseline", makePod({}, { [key]: "unconfined" }))).toBe(
      `forbidden AppArmor profile (annotation must not set AppArmor profile type to "${key}="unconfined"")`,
    );
    for (const value of ["", "runtime/default", "localhost/x"])
      expect(says("baseline", makePod({}, { [key]: value }))).toBe("");
  });

  test.each(["initContainers", "ephemeralContainers"] as const)("%s are judged too", (where) => {
    const spec = { [where]: [{ name: "x", securityContext: { privileged: true } }] };
    expect(evaluate("baseline", makePod(spec)).because[0]?.field).toBe(`spec.${where}[0].securityContext.privileged`);
  });
});

describe("each check of restricted", () => {
  const but = (spec: Partial<PodSpec>): Pod => makePod({ ...safe, ...spec });
  const butContainer = (context: Container["securityContext"]): Pod =>
    makePod({ ...safe, ...container({ ...safe.containers?.[0]?.securityContext, ...context }) });
  test.each<[string, Pod, string]>([
    [
      "escalation asked for",
      butContainer({ allowPrivilegeEscalation: true }),
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
    ],
    ["NET_BIND_SERVICE may be added", butContainer({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }), ""],
    [
      "CHOWN may not",
      butContainer({ capabilities: { drop: ["ALL"], add: ["CHOWN"] } }),
      'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    [
      "lower case all drops nothing",
      butContainer({ capabilities: { drop: ["all"] } }),
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])',
    ],
    [
      "runAsNonRoot false in a container",
      butContainer({ runAsNonRoot: false }),
      'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      "runAsNonRoot false in the pod",
      but({ securityContext: { ...safe.securityContext, runAsNonRoot: false } }),
      "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)",
    ],
    [
      "runAsUser 0 in both",
      makePod({
        securityContext: { ...safe.securityContext, runAsUser: 0 },
        ...container({ ...safe.containers?.[0]?.securityContext, runAsUser: 0 }),
      }),
      'runAsUser=0 (pod and container "c" must not set runAsUser=0)',
    ],
    [
      "volume types",
      but({
        volumes: [
          { name: "a", nfs: { server: "s", path: "/" } },
          { name: "b", gitRepo: { repository: "r" } },
          { name: "ok", emptyDir: {} },
          { name: "image", image: {} },
        ],
      }),
      'restricted volume types (volumes "a", "b" use restricted volume types "gitRepo", "nfs")',
    ],
    [
      "a volume of no type",
      but({ volumes: [{ name: "a" }] }),
      'restricted volume types (volume "a" uses restricted volume type "unknown")',
    ],
    [
      "procMount even in a user namespace",
      makePod({
        ...safe,
        hostUsers: false,
        ...container({ ...safe.containers?.[0]?.securityContext, procMount: "Unmasked" }),
      }),
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
  ])("%s", (_, pod, expected) => {
    expect(says("restricted", pod)).toBe(expected);
  });

  test("in a user namespace root is no concern; capabilities stay one", () => {
    const pod = makePod({
      ...safe,
      hostUsers: false,
      securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(says("restricted", pod)).toBe("");
    expect(says("restricted:v1.34", pod)).toContain("runAsNonRoot");
    expect(
      says(
        "baseline",
        makePod({ hostUsers: false, ...container({ procMount: "Unmasked", capabilities: { add: ["SYS_ADMIN"] } }) }),
      ),
    ).toBe('non-default capabilities (container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)');
  });
});

describe("versions", () => {
  test.each<[string, Partial<PodSpec>, boolean]>([
    ["baseline:v1.33", container({}, { readinessProbe: { tcpSocket: { port: 1, host: "h" } } }), true],
    ["baseline:v1.34", container({}, { readinessProbe: { tcpSocket: { port: 1, host: "h" } } }), false],
    ["baseline:v1.30", container({ seLinuxOptions: { type: "container_engine_t" } }), false],
    ["baseline:v1.31", container({ seLinuxOptions: { type: "container_engine_t" } }), true],
    [
      "baseline:v1.26",
      { securityContext: { sysctls: [{ name: "net.ipv4.ip_local_reserved_ports", value: "1" }] } },
      false,
    ],
    [
      "baseline:v1.27",
      { securityContext: { sysctls: [{ name: "net.ipv4.ip_local_reserved_ports", value: "1" }] } },
      true,
    ],
    ["baseline:v1.28", { securityContext: { sysctls: [{ name: "net.ipv4.tcp_fin_timeout", value: "1" }] } }, false],
    ["baseline:v1.32", { securityContext: { sysctls: [{ name: "net.ipv4.tcp_wmem", value: "1" }] } }, true],
    ["baseline:v1.18", { securityContext: { seccompProfile: { type: "Unconfined" } } }, true],
    ["baseline:v1.19", { securityContext: { seccompProfile: { type: "Unconfined" } } }, false],
    ["baseline:v1.34", { hostUsers: false, ...container({ procMount: "Unmasked" }) }, false],
    ["baseline:v1.35", { hostUsers: false, ...container({ procMount: "Unmasked" }) }, true],
    ["restricted:v1.7", container({ runAsNonRoot: true }), true],
    ["restricted:v1.8", container({ runAsNonRoot: true }), false],
    ["restricted:v1.24", { os: { name: "windows" }, ...container({ runAsNonRoot: true }) }, false],
    ["restricted:v1.25", { os: { name: "windows" }, ...container({ runAsNonRoot: true }) }, true],
    ["restricted:v1.22", { ...safe, securityContext: { ...safe.securityContext, runAsUser: 0 } }, true],
    ["restricted:v1.23", { ...safe, securityContext: { ...safe.securityContext, runAsUser: 0 } }, false],
    ["restricted:v1.99", safe, true],
  ])("%s %o: %s", (level, spec, allowed) => {
    expect(evaluate(level, makePod(spec)).decision).toBe(allowed ? "allow" : "deny");
  });

  test("seccomp annotations, below 1.19", () => {
    const pod = makePod({}, { "seccomp.security.alpha.kubernetes.io/pod": "unconfined" });
    expect(says("baseline:v1.18", pod)).toBe(
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    );
    expect(says("baseline", pod)).toBe("");
  });
});

describe("labels", () => {
  const read = (labels: Record<string, string>, defaults: "privileged" | "restricted" = "privileged") => {
    const policy = podSecurityPolicy(
      Object.fromEntries(Object.entries(labels).map(([k, v]) => [label + k, v])),
      defaults,
    );
    return [policy.enforce, policy.audit, policy.warn].map(formatLevelVersion);
  };
  test.each<[string, Record<string, string>, string[]]>([
    ["none", {}, ["privileged:latest", "privileged:latest", "privileged:latest"]],
    [
      "enforce alone: warn follows",
      { enforce: "restricted", "enforce-version": "v1.30" },
      ["restricted:v1.30", "privileged:latest", "restricted:v1.30"],
    ],
    [
      "warn for itself",
      { enforce: "restricted", warn: "baseline", "warn-version": "v1.3" },
      ["restricted:latest", "privileged:latest", "baseline:v1.3"],
    ],
    [
      "senseless levels: enforce closes, the others say nothing",
      { enforce: "x", audit: "x", warn: "x" },
      ["restricted:latest", "privileged:latest", "privileged:latest"],
    ],
    [
      "a senseless version: latest",
      { enforce: "baseline", "enforce-version": "v2" },
      ["baseline:latest", "privileged:latest", "baseline:latest"],
    ],
  ])("%s", (_, labels, expected) => {
    expect(read(labels)).toEqual(expected);
  });

  test("a default stricter than upstream's", () => {
    expect(read({}, "restricted")).toEqual(["restricted:latest", "restricted:latest", "restricted:latest"]);
    expect(read({ enforce: "privileged" }, "restricted")[0]).toBe("privileged:latest");
  });

  test("errors in upstream's words", () => {
    expect(podSecurityLabelErrors({ [`${label}enforce`]: "nonsense", [`${label}enforce-version`]: "v1.x" })).toEqual([
      {
        reason: "FieldValueInvalid",
        field: `metadata.labels[${label}enforce]`,
        message: 'Invalid value: "nonsense": must be one of privileged, baseline, restricted',
      },
      {
        reason: "FieldValueInvalid",
        field: `metadata.labels[${label}enforce-version]`,
        message: 'Invalid value: "v1.x": must be "latest" or "v1.x"',
      },
    ]);
    expect(podSecurityLabelErrors({ [`${label}warn`]: "baseline", [`${label}warn-version`]: "v1.0" })).toEqual([]);
  });
});

describe("because and exceptions", () => {
  const makeException = (spec: Partial<ExceptionSpec>): Exception => ({
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "Exception",
    metadata: { namespace: "shop", name: "e" },
    spec: {
      decider: "pod-security",
      rule: "capabilities_restricted",
      subject: { kind: "Pod", name: "p" },
      reason: "needed",
      author: "alice",
      expires: "2026-11-28T12:00:00Z",
      ...spec,
    },
  });
  const pod = makePod({
    ...safe,
    ...container({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], add: ["CHOWN", "NET_RAW"] } }),
  });

  test("each broken field is named, with its passing value and the command", () => {
    expect(evaluate("restricted", pod).because).toEqual([
      {
        object: { apiVersion: "v1", kind: "Namespace", name: "shop" },
        field: "spec.containers[0].securityContext.capabilities.add",
        rule: "capabilities_restricted",
        says: 'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add): Namespace shop asks for restricted:latest in its label pod-security.kubernetes.io/enforce',
        passing: "[]",
        command: 'bulkhead allow pod-security capabilities_restricted --for pod/p -n shop --value CHOWN --reason "…"',
      },
      expect.objectContaining({ command: expect.stringContaining("--value NET_RAW") }),
    ]);
  });

  test("an exception lifts one rule, or one value of it; the message tells what is left", () => {
    expect(evaluate("restricted", pod, [makeException({ value: "CHOWN" })]).says).toBe(
      'violates PodSecurity "restricted:latest": unrestricted capabilities (container "c" must not include "NET_RAW" in securityContext.capabilities.add)',
    );
    const verdict = evaluate("restricted", pod, [makeException({})]);
    expect(verdict.decision).toBe("allow");
    expect(verdict.lifted.map((b) => [b.object?.name, b.rule])).toEqual([
      ["e", "capabilities_restricted"],
      ["e", "capabilities_restricted"],
    ]);
  });

  test.each<[string, Partial<ExceptionSpec>]>([
    ["another decider's", { decider: "image" }],
    ["another rule's", { rule: "privileged" }],
    ["another subject's", { subject: { kind: "Deployment", name: "p" } }],
    ["an expired one", { expires: "2026-11-21T12:00:00Z" }],
    ["one without a reason", { reason: "" }],
  ])("%s lifts nothing", (_, spec) => {
    expect(evaluate("restricted", pod, [makeException(spec)]).decision).toBe("deny");
  });
});

test("every check has an identifier of its own, and overrides one that exists", () => {
  const all = [...baselineChecks, ...restrictedChecks];
  expect(new Set(all.map((c) => c.id)).size).toBe(all.length);
  for (const check of all)
    if (check.overrides !== undefined) expect(baselineChecks.map((c) => c.id)).toContain(check.overrides);
});

test("property: whoever passes restricted passes baseline, at any version from 1.25 on", () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const context = fc.record({
    privileged: maybe(fc.boolean()),
    allowPrivilegeEscalation: fc.constantFrom(false, undefined, true),
    runAsNonRoot: maybe(fc.boolean()),
    runAsUser: fc.constantFrom(undefined, 0, 1000),
    procMount: fc.constantFrom(undefined, "Default", "Unmasked"),
    capabilities: maybe(
      fc.record({ add: fc.subarray(["NET_BIND_SERVICE", "CHOWN", "SYS_ADMIN"]), drop: fc.subarray(["ALL"]) }),
    ),
    seccompProfile: fc.constantFrom(undefined, { type: "RuntimeDefault" }, { type: "Unconfined" }),
  });
  const podContext = fc.record({
    runAsNonRoot: maybe(fc.boolean()),
    runAsUser: fc.constantFrom(undefined, 0, 1000),
    seccompProfile: fc.constantFrom(undefined, { type: "RuntimeDefault" }, { type: "Unconfined" }),
  });
  const spec = fc.record({
    hostUsers: fc.constantFrom(undefined, false),
    hostNetwork: fc.constantFrom(undefined, false, true),
    securityContext: maybe(podContext),
    containers: fc.array(fc.record({ name: fc.constant("c"), securityContext: maybe(context) }), {
      minLength: 1,
      maxLength: 2,
    }),
    volumes: fc.subarray<Volume>([
      { name: "a", emptyDir: {} },
      { name: "b", hostPath: { path: "/" } },
    ]),
  });
  fc.assert(
    fc.property(spec, fc.integer({ min: 25, max: 36 }), (s, minor) => {
      const pod = makePod(s);
      if (evaluate(`restricted:v1.${minor}`, pod).decision === "allow")
        expect(evaluate(`baseline:v1.${minor}`, pod).decision).toBe("allow");
    }),
    { numRuns: 2000 },
  );
});
