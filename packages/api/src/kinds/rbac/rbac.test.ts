import { describe, expect, test } from "vitest";
import type { ClusterRole, PolicyRule, RbacSubject, Role, RoleBinding } from "../../generated/types.ts";
import { clusterRoleBindingRow, roleBindingRow } from "./role-binding-rows.ts";
import { clusterRoleRow, roleRow } from "./role-rows.ts";

const rbac = "rbac.authorization.k8s.io";
const texts = (errors: readonly { readonly field: string; readonly message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

const makeRole = (...rules: PolicyRule[]): Role => ({
  apiVersion: `${rbac}/v1`,
  kind: "Role",
  metadata: { name: "reader", namespace: "n" },
  rules,
});

function makeBinding(subjects: RbacSubject[], roleRef = { apiGroup: "", kind: "Role", name: "reader" }): RoleBinding {
  const binding: RoleBinding = {
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { name: "readers", namespace: "n" },
    subjects,
    roleRef,
  };
  roleBindingRow.defaults(binding);
  return binding;
}

describe("rules", () => {
  test("say verbs, and resources with their groups", () => {
    expect(texts(roleRow.validateCreate(makeRole({ verbs: [] })))).toEqual([
      "rules[0].verbs: Required value: verbs must contain at least one value",
      "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
      "rules[0].resources: Required value: resource rules must supply at least one resource",
    ]);
    const good = makeRole({ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["p"] });
    expect(roleRow.validateCreate(good)).toEqual([]);
  });

  test("for paths are not a namespace's to give", () => {
    const rule = { verbs: ["get"], nonResourceURLs: ["/healthz"] };
    expect(texts(roleRow.validateCreate(makeRole(rule)))).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
    ]);
    expect(clusterRoleRow.validateCreate({ ...makeRole(rule), kind: "ClusterRole" })).toEqual([]);
  });

  test("that are gathered from other roles say from which", () => {
    const role = (aggregationRule: ClusterRole["aggregationRule"]): string[] =>
      texts(clusterRoleRow.validateCreate({ ...makeRole(), kind: "ClusterRole", aggregationRule } as ClusterRole));
    expect(role({ clusterRoleSelectors: [{ matchLabels: { a: "b" } }] })).toEqual([]);
    expect(role({ clusterRoleSelectors: [] })).toHaveLength(1);
    const broken = { matchExpressions: [{ key: "a", operator: "Odd" }] };
    expect(role({ clusterRoleSelectors: [broken] }).join()).toContain("invalid label selector");
  });
});

describe("bindings", () => {
  const user: RbacSubject = { kind: "User", name: "ada" };

  test("fill in the groups of what they name", () => {
    const binding = makeBinding([user, { kind: "ServiceAccount", name: "sa", namespace: "n" }]);
    expect(binding.roleRef.apiGroup).toBe(rbac);
    expect(binding.subjects?.map(({ apiGroup }) => apiGroup)).toEqual([rbac, undefined]);
    expect(roleBindingRow.validateCreate(binding)).toEqual([]);
  });

  test("never turn from one role to another", () => {
    const old = makeBinding([user]);
    const next = makeBinding([user], { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" });
    expect(texts(roleBindingRow.validateUpdate(next, old)).join()).toContain("cannot change roleRef");
    expect(roleBindingRow.validateUpdate(makeBinding([{ ...user, name: "bob" }]), old)).toEqual([]);
  });

  test("name subjects that can be", () => {
    const wrong = makeBinding([
      { kind: "Robot", name: "r2" },
      { kind: "User", name: "" },
      { kind: "ServiceAccount", name: "Bad_Name", namespace: "n" },
      { kind: "Group", name: "g", apiGroup: "other" },
    ]);
    expect(texts(roleBindingRow.validateCreate(wrong)).map((text) => text.split(":")[0])).toEqual([
      "subjects[0].kind",
      "subjects[1].name",
      "subjects[2].name",
      "subjects[3].apiGroup",
    ]);
  });

  test("of the cluster say in which namespace an account lives, and bind no Role", () => {
    const binding = { ...makeBinding([{ kind: "ServiceAccount", name: "sa" }]), kind: "ClusterRoleBinding" };
    expect(texts(clusterRoleBindingRow.validateCreate(binding))).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      "subjects[0].namespace: Required value",
    ]);
  });
});

test("names are free, but for what a path cannot carry", () => {
  expect(roleRow.nameErrors("system:controller:Any", false)).toEqual([]);
  for (const name of ["..", ".", "a/b", "a%b"]) expect(roleRow.nameErrors(name, false)).not.toEqual([]);
});
