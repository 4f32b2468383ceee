import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject, ObjectRef } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { evaluateFixture, readFixture, written } from "../../testing/read-fixture.ts";
import type { Edit } from "../control.ts";
import { controls } from "../controls/index.ts";
import { applyEdits } from "../fix/edit.ts";
import { refOf } from "../workload.ts";

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
const named = (prefix: string): string[] => files.filter((name) => name.startsWith(prefix));

/** Applications written after the manner of those that one meets, and all that every control says of them. */
test.each(named("bad"))("of a bad application everything is said, and nothing else: %s", (name) => {
  const fixture = readFixture(join(folder, name));
  const findings = evaluateFixture(fixture, controls).findings();
  const of = (outcome: string) =>
    findings
      .filter((finding) => finding.outcome === outcome)
      .map(written)
      .toSorted();
  expect(of("fail")).toEqual(fixture.expected.toSorted());
  expect(of("unknown")).toEqual(fixture.unknown.toSorted());
  expect(of("error")).toEqual([]);
});

test.each(named("good"))("of a good application nothing is to be said, and it was looked at: %s", (name) => {
  const evaluation = evaluateFixture(readFixture(join(folder, name)), controls);
  expect(evaluation.findings().map(written)).toEqual([]);
  expect(evaluation.tallies().filter(({ passed }) => passed > 0).length).toBeGreaterThan(100);
});

const web: ObjectRef = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
const spec = (field: string): string => `spec.template.spec.${field}`;
const first = (field: string): string => spec(`containers[0].${field}`);
const set = (object: ObjectRef, field: string, value: unknown): Edit[] => [{ op: "set", object, field, value }];
const remove = (object: ObjectRef, field: string): Edit[] => [{ op: "remove", object, field }];
const create = (object: unknown): Edit[] => [{ op: "create", create: object as KubeObject }];
const namespace: ObjectRef = { apiVersion: "v1", kind: "Namespace", name: "shop" };
const service: ObjectRef = { apiVersion: "v1", kind: "Service", namespace: "shop", name: "web" };
const policy = (name: string): ObjectRef => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  namespace: "shop",
  name,
});
const trust: ObjectRef = { apiVersion: "security.bulkhead.dev/v1alpha1", kind: "ImageTrustPolicy", name: "default" };

/** One thing made bad in the good application, and the one control that has to say so. */
const mutations: readonly (readonly [what: string, edits: Edit[], control: string])[] = [
  ["privileged", set(web, first("securityContext.privileged"), true), "workload-privileged"],
  ["hostPID", set(web, spec("hostPID"), true), "workload-host-pid"],
  ["hostIPC", set(web, spec("hostIPC"), true), "workload-host-ipc"],
  [
    "privilege escalation",
    set(web, first("securityContext.allowPrivilegeEscalation"), true),
    "workload-privilege-escalation",
  ],
  ["no seccomp", remove(web, spec("securityContext.seccompProfile")), "workload-seccomp-missing"],
  ["writable root", set(web, first("securityContext.readOnlyRootFilesystem"), false), "workload-writable-root"],
  ["no memory limit", remove(web, first("resources.limits.memory")), "workload-memory-unlimited"],
  ["no disk limit", remove(web, first('resources.limits["ephemeral-storage"]')), "workload-storage-unlimited"],
  ["SYS_ADMIN", set(web, first("securityContext.capabilities.add"), ["SYS_ADMIN"]), "workload-capability-sys-admin"],
  ["SYS_PTRACE", set(web, first("securityContext.capabilities.add"), ["SYS_PTRACE"]), "workload-capability-sys-ptrace"],
  ["nothing dropped", remove(web, first("securityContext.capabilities.drop")), "workload-capabilities-kept"],
  ["latest", set(web, first("image"), "registry.example/shop/web:latest"), "image-tag-latest"],
  [
    "a secret in the environment",
    set(web, first("env"), [{ name: "DB_PASSWORD", value: "c0rrect-h0rse-battery" }]),
    "secret-in-env",
  ],
  ["egress open", set(policy("default-deny"), "spec.policyTypes", ["Ingress"]), "network-default-deny-egress"],
  ["ingress open", set(policy("default-deny"), "spec.policyTypes", ["Egress"]), "network-default-deny-ingress"],
  [
    "privileged namespace",
    set(namespace, 'metadata.labels["pod-security.kubernetes.io/enforce"]', "privileged"),
    "namespace-pod-security",
  ],
  [
    "no quota",
    [{ op: "delete", object: { apiVersion: "v1", kind: "ResourceQuota", namespace: "shop", name: "shop" } }],
    "namespace-quota",
  ],
  ["node port", set(service, "spec.type", "NodePort"), "network-node-port"],
  [
    "trust in everything",
    set(trust, "spec.allow", [{ registry: "*", repositories: ["*"] }]),
    "image-policy-any-registry",
  ],
  ["trust that only warns", set(trust, "spec.mode", "Warn"), "image-policy-not-enforced"],
  [
    "an admin for everybody",
    create({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "all" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", namespace: "shop", name: "web" }],
    }),
    "access-account-cluster-admin",
  ],
];

describe("one field of the good application made bad is said by one control, and by no other", () => {
  const file = join(folder, "good-shop.yaml");
  test.each(mutations)("%s", (_what, edits, control) => {
    const evaluation = evaluateFixture(readFixture(file), controls);
    const { appeared } = evaluation.apply(applyEdits(evaluation.objects, edits));
    // What is not known of another image by that is no fault of the change.
    const failing = appeared.filter(({ outcome }) => outcome === "fail");
    expect([...new Set(failing.map((finding) => finding.control.id))]).toEqual([control]);
  });

  test("what was made bad and put right again leaves nothing behind", () => {
    const evaluation = evaluateFixture(readFixture(file), controls);
    const before = [...evaluation.objects.all()].find(
      (object) => object.kind === "Deployment" && object.metadata.name === "web",
    );
    if (before === undefined) throw new Error("the good application has no web");
    for (const [, edits] of mutations.filter(
      ([, [edit]]) => edit !== undefined && "object" in edit && edit.object.name === "web",
    )) {
      evaluation.apply(applyEdits(evaluation.objects, edits));
      expect(evaluation.findings().length).toBeGreaterThan(0);
      evaluation.apply(applyEdits(evaluation.objects, [{ op: "create", create: before }]));
      evaluation.apply(applyEdits(evaluation.objects, set(service, "spec.type", "ClusterIP")));
    }
    expect(evaluation.findings().map(written)).toEqual([]);
    expect(refOf(before)).toEqual(web);
  });
});
