import { expect, test } from "vitest";
import { defaultClusterRoleBindings, defaultRoleBindings } from "./default-role-bindings.ts";
import { defaultClusterRoles, defaultRoles } from "./default-roles.ts";
import { reconciled } from "./reconcile-roles.ts";
import { parseRule, parseSubject } from "./role-notation.ts";

test("a rule's notation says verbs, resources or paths, groups and names", () => {
  expect(parseRule("get,list pods,pods/log")).toEqual({
    verbs: ["get", "list"],
    apiGroups: [""],
    resources: ["pods", "pods/log"],
  });
  expect(parseRule("update leases @coordination.k8s.io =a,b")).toEqual({
    verbs: ["update"],
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    resourceNames: ["a", "b"],
  });
  expect(parseRule("get /healthz,/version/*")).toEqual({ verbs: ["get"], nonResourceURLs: ["/healthz", "/version/*"] });
  expect(parseRule("* * @*")).toEqual({ verbs: ["*"], apiGroups: ["*"], resources: ["*"] });
  expect(parseRule("* *")).toEqual({ verbs: ["*"], nonResourceURLs: ["*"] });
  expect(parseSubject("kube-system/dns")).toEqual({ kind: "ServiceAccount", namespace: "kube-system", name: "dns" });
  expect(parseSubject("Group system:masters")).toMatchObject({ kind: "Group", name: "system:masters" });
});

test("every binding binds a role that is there", () => {
  const names = new Set([
    ...defaultClusterRoles.map(({ name }) => name),
    ...defaultRoles.map(({ name, namespace }) => `${namespace}/${name}`),
  ]);
  for (const { role } of defaultClusterRoleBindings) expect(names).toContain(role);
  for (const { role, roleKind, namespace } of defaultRoleBindings)
    expect(names).toContain(roleKind === "Role" ? `${namespace}/${role}` : role);
  expect([defaultClusterRoles.length, defaultClusterRoleBindings.length]).toEqual([69, 50]);
});

const role = (rules: object[], annotations: Record<string, string> = {}) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "r", annotations, labels: {} },
  rules: rules as never,
});
const rule = (resource: string) => ({ verbs: ["get"], apiGroups: [""], resources: [resource] });

test("what was taken from a default role comes back, what was added stays, and autoupdate=false is left alone", () => {
  const wanted = role([rule("pods"), rule("nodes")]);
  expect(reconciled(wanted, undefined)?.object).toEqual(wanted);
  expect(reconciled(wanted, role([rule("pods"), rule("extra")]))?.object.rules).toEqual([
    rule("pods"),
    rule("extra"),
    rule("nodes"),
  ]);
  expect(reconciled(wanted, wanted)).toBeUndefined();
  expect(reconciled(wanted, role([], { "rbac.authorization.kubernetes.io/autoupdate": "false" }))).toBeUndefined();
});

test("a binding that was led to another role is made anew", () => {
  const binding = (name: string) => ({
    ...role([]),
    kind: "ClusterRoleBinding",
    roleRef: { name },
    subjects: [{ name: "s" }],
  });
  expect(reconciled(binding("a"), binding("b"))).toMatchObject({ replace: true, object: { roleRef: { name: "a" } } });
});
