import type { Deployment, Exception, KubeObject, Namespace, Pod, PodSpec } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { normaliseExceptions } from "../exception/exceptions.ts";
import { normaliseImages } from "../image/rule-set.ts";
import { closedNodePolicy } from "../node-policy/node-policy.ts";
import { normalisePodSecurity } from "../pod-security/evaluate.ts";
import { admitPod, judgeTemplate, type WorkloadRules } from "./judge.ts";
import { toMessage, toWarnings } from "./message.ts";
import { templateOf } from "./template.ts";
import { asAdmitted } from "./user-namespace.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const shop: Namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
};

const safe: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "c",
      image: "ok.example/shop/web:1",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};

const deployment = (spec: PodSpec): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace: "shop", name: "web" },
  spec: { selector: { matchLabels: { app: "web" } }, template: { metadata: { labels: { app: "web" } }, spec } },
});

function rulesOf(more: Partial<WorkloadRules> = {}, exceptions: Exception[] = []): WorkloadRules {
  const active = normaliseExceptions(exceptions, now);
  return {
    podSecurity: normalisePodSecurity({ namespaces: [shop], exceptions: active, defaults: "restricted" }),
    images: normaliseImages({
      policies: [
        {
          apiVersion: "security.bulkhead.dev/v1alpha1",
          kind: "ImageTrustPolicy",
          metadata: { name: "own" },
          spec: { allow: [{ registry: "ok.example", repositories: ["shop/*"] }] },
        },
      ],
      namespaces: [shop],
      exceptions: active,
    }),
    defaults: "bulkhead",
    ...more,
  };
}

const exceptionFor = (rule: string, decider: "image" | "pod-security"): Exception => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace: "shop", name: `e-${rule.toLowerCase()}` },
  spec: {
    decider,
    rule,
    subject: { kind: "Deployment", name: "web" },
    reason: "r",
    author: "a",
    expires: "2026-11-28T12:00:00Z",
  },
});

const bad: PodSpec = { containers: [{ name: "c", image: "nginx", securityContext: { privileged: true } }] };

test("a safe template passes, and nothing is warned", () => {
  const verdict = judgeTemplate(rulesOf(), deployment(safe));
  expect(verdict?.decision).toBe("allow");
  expect(toWarnings(verdict ?? { decision: "deny", because: [] })).toEqual([]);
});

test("all broken rules of all deciders at once, with fields of the template, passing values and commands", () => {
  const verdict = judgeTemplate(rulesOf({ node: closedNodePolicy }), deployment(bad));
  expect(verdict?.decision).toBe("deny");
  expect(verdict?.because.map((b) => [b.rule, b.field])).toEqual([
    ["privileged", "spec.template.spec.containers[0].securityContext.privileged"],
    ["allowPrivilegeEscalation", "spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation"],
    ["capabilities_restricted", "spec.template.spec.containers[0].securityContext.capabilities.drop"],
    ["runAsNonRoot", "spec.template.spec.containers[0].securityContext.runAsNonRoot"],
    ["seccompProfile_restricted", "spec.template.spec.containers[0].securityContext.seccompProfile.type"],
    ["trust", "spec.template.spec.containers[0].image"],
    ["privileged-namespace", "spec.template.spec.containers[0].securityContext.privileged"],
    ["registry", "spec.template.spec.containers[0].image"],
  ]);
  expect(verdict?.because.every((b) => b.command?.startsWith("bulkhead allow "))).toBe(true);
  expect(verdict?.upstream).toContain('violates PodSecurity "restricted:latest": privileged (container "c"');
  const warnings = toWarnings(verdict ?? { decision: "deny", because: [] });
  expect(warnings[0]).toBe(
    'spec.template.spec.containers[0].securityContext.privileged: privileged (container "c" must not set securityContext.privileged=true): Namespace shop asks for restricted:latest in its label pod-security.kubernetes.io/enforce; would pass: false; to allow it for a while: bulkhead allow pod-security privileged --for deployment/web -n shop --reason "…"',
  );
  expect(warnings).toHaveLength(8);
  expect(toMessage(verdict ?? { decision: "deny", because: [] }).split("\n")).toEqual(warnings);
});

test("exceptions for the Deployment lift rules in its template, for its ReplicaSet and for its pods", () => {
  const exceptions = [
    "privileged",
    "allowPrivilegeEscalation",
    "capabilities_restricted",
    "seccompProfile_restricted",
    "runAsNonRoot",
  ].map((rule) => exceptionFor(rule, "pod-security"));
  const rules = rulesOf({}, [...exceptions, exceptionFor("trust", "image")]);
  const controller = (apiVersion: string, kind: string, name: string) => [
    { apiVersion, kind, name, uid: "u", controller: true },
  ];
  const replicaSet: KubeObject = {
    ...deployment(bad),
    kind: "ReplicaSet",
    metadata: { namespace: "shop", name: "web-6d4f", ownerReferences: controller("apps/v1", "Deployment", "web") },
  };
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: "shop",
      name: "web-6d4f-x",
      labels: { "pod-template-hash": "6d4f" },
      ownerReferences: controller("apps/v1", "ReplicaSet", "web-6d4f"),
    },
    spec: bad,
  };
  for (const object of [deployment(bad), replicaSet, pod]) {
    const verdict = judgeTemplate(rules, object);
    expect([object.kind, verdict?.decision]).toEqual([object.kind, "allow"]);
    expect(verdict?.lifted.map((b) => b.rule)).toContain("privileged");
  }
  const stranger: Pod = { ...pod, metadata: { namespace: "shop", name: "web-6d4f-x" } };
  expect(judgeTemplate(rules, stranger)?.decision).toBe("deny");
  const elsewhere: Pod = { ...pod, metadata: { ...pod.metadata, namespace: "other" } };
  expect(judgeTemplate(rules, elsewhere)?.decision).toBe("deny");
});

describe("user namespaces", () => {
  const root: PodSpec = { ...safe, securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } } };

  test("where every pod gets one, root in it is no concern, in the template either", () => {
    expect(judgeTemplate(rulesOf(), deployment(root))?.decision).toBe("allow");
    expect(judgeTemplate(rulesOf({ defaults: "kubernetes" }), deployment(root))?.decision).toBe("deny");
    expect(judgeTemplate(rulesOf(), deployment({ ...root, hostUsers: true }))?.decision).toBe("deny");
  });

  test.each<[string, Partial<PodSpec>, boolean | undefined]>([
    ["nothing asked", {}, false],
    ["host network", { hostNetwork: true }, undefined],
    ["a host path", { volumes: [{ name: "v", hostPath: { path: "/" } }] }, undefined],
    [
      "privileged init container",
      { initContainers: [{ name: "i", securityContext: { privileged: true } }] },
      undefined,
    ],
    ["said otherwise", { hostUsers: true }, true],
  ])("%s: %s", (_, spec, expected) => {
    expect(asAdmitted({ ...safe, ...spec }, "bulkhead").hostUsers).toBe(expected);
    expect(asAdmitted({ ...safe, ...spec }, "kubernetes").hostUsers).toBe(spec.hostUsers);
  });
});

describe("what is missing", () => {
  const known = new Set(["serviceaccounts/default", "secrets/there"]);
  const references: WorkloadRules["references"] = (resource, _namespace, name) =>
    resource === "persistentvolumeclaims" ? undefined : known.has(`${resource}/${name}`);
  const spec: PodSpec = {
    ...safe,
    containers: safe.containers.map((c) => ({
      ...c,
      env: [
        { name: "A", valueFrom: { secretKeyRef: { name: "gone", key: "k" } } },
        { name: "B", valueFrom: { secretKeyRef: { name: "optional", key: "k", optional: true } } },
      ],
      envFrom: [{ secretRef: { name: "there" } }, { configMapRef: { name: "no-config" } }],
    })),
    volumes: [
      { name: "p", persistentVolumeClaim: { claimName: "unknown" } },
      { name: "s", projected: { sources: [{ secret: { name: "no-projection" } }] } },
    ],
  };

  test("is warned about, with its field; what is optional or not known is not", () => {
    const verdict = judgeTemplate(rulesOf({ references }), deployment(spec));
    expect(verdict?.decision).toBe("warn");
    expect(verdict?.because.map((b) => b.field)).toEqual([
      "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.name",
      "spec.template.spec.containers[0].envFrom[1].configMapRef.name",
      "spec.template.spec.volumes[1].projected.sources[0].secret.name",
    ]);
    expect(
      judgeTemplate(rulesOf({ references }), deployment({ ...safe, serviceAccountName: "nobody" }))?.because[0]?.says,
    ).toBe("ServiceAccount shop/nobody does not exist: its pods would be refused");
  });
});

describe("templates", () => {
  const meta = { namespace: "shop", name: "x" };
  test.each<[string, KubeObject, string | undefined]>([
    [
      "a CronJob",
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: meta,
        spec: { jobTemplate: { spec: { template: { spec: safe } } } },
      } as KubeObject,
      "spec.jobTemplate.spec.template.",
    ],
    [
      "a Job",
      { apiVersion: "batch/v1", kind: "Job", metadata: meta, spec: { template: { spec: safe } } } as KubeObject,
      "spec.template.",
    ],
    [
      "a PodTemplate",
      { apiVersion: "v1", kind: "PodTemplate", metadata: meta, template: { spec: safe } } as KubeObject,
      "template.",
    ],
    [
      "a ReplicationController without a template",
      { apiVersion: "v1", kind: "ReplicationController", metadata: meta, spec: {} } as KubeObject,
      undefined,
    ],
    [
      "a Deployment of another group",
      {
        apiVersion: "example.com/v1",
        kind: "Deployment",
        metadata: meta,
        spec: { template: { spec: safe } },
      } as KubeObject,
      undefined,
    ],
    ["a ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata: meta }, undefined],
  ])("%s", (_, object, prefix) => {
    expect(templateOf(object)?.prefix).toBe(prefix);
  });
});

test("a pod is admitted as it stands", () => {
  const pod: Pod = { apiVersion: "v1", kind: "Pod", metadata: { namespace: "shop", name: "p" }, spec: safe };
  expect(admitPod(rulesOf(), pod).decision).toBe("allow");
  expect(admitPod(rulesOf({ node: closedNodePolicy }), pod)).toMatchObject({
    decision: "deny",
    because: [{ rule: "registry", field: "spec.containers[0].image" }],
  });
  expect(admitPod(rulesOf(), { apiVersion: "v1", kind: "Pod", metadata: pod.metadata }).decision).toBe("deny");
});
