import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject, Role, RoleBinding } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escalationMessage, missingRules } from "./covers.ts";
import { cannotSay, evaluateRbac, isServiceAccountBound, rulesFor } from "./evaluate.ts";
import { explainRbac } from "./explain.ts";
import { normaliseRbac, type RbacObjects } from "./normalise.ts";
import type { AccessQuestion } from "./question.ts";
import { ruleAllows } from "./rule-match.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const alice: RbacSubject = { kind: "User", name: "alice", apiGroup: "rbac.authorization.k8s.io" };

const role = (key: string, rules: PolicyRule[]): Role => ({
  apiVersion,
  kind: "Role",
  metadata: { namespace: key.split("/")[0], name: key.split("/")[1] },
  rules,
});
const clusterRole = (name: string, rules: PolicyRule[], more: Partial<ClusterRole> = {}): ClusterRole => ({
  apiVersion,
  kind: "ClusterRole",
  metadata: { name },
  rules,
  ...more,
});
const binding = (key: string, ref: string, ...subjects: RbacSubject[]): RoleBinding => ({
  apiVersion,
  kind: "RoleBinding",
  metadata: { namespace: key.split("/")[0], name: key.split("/")[1] },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: ref.split("/")[0] ?? "", name: ref.split("/")[1] ?? "" },
  subjects,
});
const clusterBinding = (name: string, ref: string, ...subjects: RbacSubject[]): ClusterRoleBinding => ({
  ...binding(`/${name}`, `ClusterRole/${ref}`, ...subjects),
  kind: "ClusterRoleBinding",
  metadata: { name },
});

const rulesOf = (objects: Partial<RbacObjects>) =>
  normaliseRbac({ roles: [], clusterRoles: [], roleBindings: [], clusterRoleBindings: [], ...objects });

/** `get pods/log shop p` */
function question(text: string, more: Partial<AccessQuestion> = {}): AccessQuestion {
  const [verb = "", what = "", namespace = "", name = ""] = text.split(" ");
  const isResource = !what.startsWith("/");
  const [resourceGroup = "", subresource = ""] = isResource ? what.split("/") : [];
  const [resource = "", ...group] = resourceGroup.split(".");
  return {
    user: { name: "alice", groups: ["devs", "system:authenticated"] },
    verb,
    isResource,
    group: group.join("."),
    resource,
    subresource,
    namespace: namespace === "-" ? "" : namespace,
    name,
    path: isResource ? "" : what,
    ...more,
  };
}

describe("one rule", () => {
  const rule: PolicyRule = {
    apiGroups: ["", "apps"],
    resources: ["pods", "pods/log", "*/scale", "deployments"],
    verbs: ["get", "list"],
  };
  test.each<[string, PolicyRule, boolean]>([
    ["get pods shop p", rule, true],
    ["delete pods shop p", rule, false],
    ["get pods/log shop p", rule, true],
    ["get pods/exec shop p", rule, false],
    ["get deployments.apps shop", rule, true],
    ["get deployments/scale shop d", rule, true],
    ["get scale shop d", rule, false],
    ["get deployments.batch shop", rule, false],
    ["get pods shop p", { ...rule, resourceNames: ["p"] }, true],
    ["get pods shop q", { ...rule, resourceNames: ["p"] }, false],
    ["list pods shop", { ...rule, resourceNames: ["p"] }, false],
    ["get anything/at/all shop", { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, true],
    ["get /healthz", { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, false],
    ["get /healthz", { nonResourceURLs: ["/healthz"], verbs: ["get"] }, true],
    ["get /healthz/etcd", { nonResourceURLs: ["/healthz"], verbs: ["get"] }, false],
    ["get /healthz/etcd", { nonResourceURLs: ["/healthz/*"], verbs: ["get"] }, true],
    ["get /healthz", { nonResourceURLs: ["/healthz/*"], verbs: ["get"] }, false],
    ["get /x", { nonResourceURLs: ["*"], verbs: ["get"] }, true],
    ["get pods shop", { nonResourceURLs: ["*"], verbs: ["*"] }, false],
  ])("%s by %o: %s", (text, by, expected) => {
    expect(ruleAllows(by, question(text))).toBe(expected);
  });
});

describe("bindings", () => {
  const get = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
  const decide = (objects: Partial<RbacObjects>, text: string, more: Partial<AccessQuestion> = {}): string =>
    evaluateRbac(rulesOf(objects), question(text, more)).decision;

  test("a RoleBinding grants in its namespace only, also of a ClusterRole", () => {
    const objects = {
      roles: [role("shop/r", get)],
      clusterRoles: [clusterRole("c", get)],
      roleBindings: [binding("shop/b", "Role/r", alice), binding("other/b", "ClusterRole/c", alice)],
    };
    expect(decide(objects, "get pods shop p")).toBe("allow");
    expect(decide(objects, "get pods other p")).toBe("allow");
    expect(decide(objects, "get pods third p")).toBe("deny");
    expect(decide(objects, "get pods - p")).toBe("deny");
  });

  test("a ClusterRoleBinding grants everywhere", () => {
    const objects = { clusterRoles: [clusterRole("c", get)], clusterRoleBindings: [clusterBinding("b", "c", alice)] };
    for (const text of ["get pods shop p", "get pods - p"]) expect(decide(objects, text)).toBe("allow");
  });

  test("a Role of another namespace, and a Role named by a ClusterRoleBinding, are no role", () => {
    const roles = [role("shop/r", get)];
    expect(decide({ roles, roleBindings: [binding("other/b", "Role/r", alice)] }, "get pods other p")).toBe("deny");
    const wrong = { ...clusterBinding("b", "r", alice), roleRef: { kind: "Role", name: "r" } };
    expect(decide({ roles, clusterRoleBindings: [wrong] }, "get pods shop p")).toBe("deny");
  });

  test.each<[string, RbacSubject, Partial<AccessQuestion>, boolean]>([
    ["a user", alice, {}, true],
    ["another user", { kind: "User", name: "bob" }, {}, false],
    ["a group", { kind: "Group", name: "devs" }, {}, true],
    ["a group's name is no user's", { kind: "User", name: "devs" }, {}, false],
    [
      "a service account",
      { kind: "ServiceAccount", name: "sa", namespace: "x" },
      { user: { name: "system:serviceaccount:x:sa", groups: [] } },
      true,
    ],
    [
      "a service account of the binding's namespace",
      { kind: "ServiceAccount", name: "sa" },
      { user: { name: "system:serviceaccount:shop:sa", groups: [] } },
      true,
    ],
    [
      "a service account of another namespace",
      { kind: "ServiceAccount", name: "sa" },
      { user: { name: "system:serviceaccount:x:sa", groups: [] } },
      false,
    ],
    ["an unknown kind", { kind: "Robot", name: "alice" }, {}, false],
  ])("%s: %s", (_, subject, more, expected) => {
    const objects = { roles: [role("shop/r", get)], roleBindings: [binding("shop/b", "Role/r", subject)] };
    expect(decide(objects, "get pods shop p", more) === "allow").toBe(expected);
  });

  test("a service account without a namespace in a ClusterRoleBinding is nobody", () => {
    const objects = {
      clusterRoles: [clusterRole("c", get)],
      clusterRoleBindings: [clusterBinding("b", "c", { kind: "ServiceAccount", name: "sa" })],
    };
    expect(decide(objects, "get pods shop p", { user: { name: "system:serviceaccount::sa", groups: [] } })).toBe(
      "deny",
    );
  });

  test("names such as those of Object's prototype are names", () => {
    const objects = { roles: [role("shop/r", get)], roleBindings: [binding("shop/b", "Role/r", alice)] };
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(decide(objects, "get pods shop p", { user: { name, groups: [name] } })).toBe("deny");
      expect(decide(objects, `get pods ${name} p`)).toBe("deny");
    }
  });
});

describe("aggregation", () => {
  const aggregate = (name: string, label: string, labels: Record<string, string> = {}): ClusterRole => ({
    ...clusterRole(name, [{ apiGroups: ["own"], resources: ["own"], verbs: ["own"] }]),
    metadata: { name, labels },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: "true" } }] },
  });
  const part = (name: string, label: string, resource: string): ClusterRole => ({
    ...clusterRole(name, [{ apiGroups: [""], resources: [resource], verbs: ["get"] }]),
    metadata: { name, labels: { [label]: "true" } },
  });
  const roles = [
    aggregate("admin", "to-admin"),
    aggregate("edit", "to-edit", { "to-admin": "true" }),
    part("a", "to-admin", "secrets"),
    part("e", "to-edit", "pods"),
  ];
  const decide = (text: string, of: string, clusterRoles = roles): string =>
    evaluateRbac(rulesOf({ clusterRoles, clusterRoleBindings: [clusterBinding("b", of, alice)] }), question(text))
      .decision;

  test("a role that aggregates has the rules of those that it selects, and theirs", () => {
    expect(decide("get pods shop", "admin")).toBe("allow");
    expect(decide("get secrets shop", "admin")).toBe("allow");
    expect(decide("get secrets shop", "edit")).toBe("deny");
  });

  test("what stands in its own rules does not count", () => {
    expect(decide("own own.own shop", "admin")).toBe("deny");
  });

  test("a circle ends", () => {
    const circle = [
      aggregate("x", "to-x", { "to-y": "true" }),
      aggregate("y", "to-y", { "to-x": "true" }),
      part("p", "to-y", "pods"),
    ];
    expect(decide("get pods shop", "x", circle)).toBe("allow");
    expect(decide("get pods shop", "y", circle)).toBe("allow");
  });
});

describe("because", () => {
  test("names binding, subject, role and rule; the reason is upstream's", () => {
    const rules = rulesOf({
      clusterRoles: [
        clusterRole("system:discovery", [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }]),
        clusterRole("z", [{ verbs: ["get"], nonResourceURLs: ["*"] }]),
      ],
      clusterRoleBindings: [
        clusterBinding("z", "z", alice),
        clusterBinding("system:discovery", "system:discovery", { kind: "Group", name: "system:authenticated" }),
      ],
    });
    const verdict = evaluateRbac(rules, question("get /healthz"));
    expect(verdict.reason).toBe(
      'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    );
    expect(verdict.because.map((b) => [b.object?.name, b.field])).toEqual([
      ["system:discovery", "subjects[0]"],
      ["system:discovery", "rules[0]"],
    ]);
  });

  test("a RoleBinding is named with its namespace, a service account with its own", () => {
    const rules = rulesOf({
      roles: [role("shop/r", [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }])],
      roleBindings: [binding("shop/b", "Role/r", { kind: "ServiceAccount", name: "sa" })],
    });
    expect(
      evaluateRbac(rules, question("get pods shop", { user: { name: "system:serviceaccount:shop:sa", groups: [] } }))
        .reason,
    ).toBe('RBAC: allowed by RoleBinding "b/shop" of Role "r" to ServiceAccount "sa/shop"');
  });

  test("a refusal in upstream's words", () => {
    expect(cannotSay(question("create pods/exec shop p"))).toBe(
      'User "alice" cannot create resource "pods/exec" in API group "" in the namespace "shop"',
    );
    expect(cannotSay(question("list deployments.apps -"))).toBe(
      'User "alice" cannot list resource "deployments" in API group "apps" at the cluster scope',
    );
    expect(cannotSay(question("get /secret-path"))).toBe('User "alice" cannot get path "/secret-path"');
  });

  test("a binding to a role that does not exist is told", () => {
    const rules = rulesOf({ roleBindings: [binding("shop/b", "Role/gone", alice)] });
    const verdict = evaluateRbac(rules, question("get pods shop"));
    expect(verdict.reason).toBe('RBAC: role.rbac.authorization.k8s.io "gone" not found');
    expect(verdict.because[1]).toMatchObject({ rule: "role-missing", field: "roleRef", object: { name: "b" } });
  });

  test("an explained refusal: what comes near, the role that would do, and a command for each", () => {
    const rules = rulesOf({
      roles: [role("shop/reader", [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }])],
      clusterRoles: [
        clusterRole("cluster-admin", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
        clusterRole("pod-remover", [{ apiGroups: [""], resources: ["pods"], verbs: ["delete"] }]),
      ],
      roleBindings: [binding("shop/b", "Role/reader", alice)],
    });
    const { because } = explainRbac(rules, question("delete pods shop p"));
    expect(because).toEqual([
      {
        rule: "no-grant",
        says: 'User "alice" cannot delete resource "pods" in API group "" in the namespace "shop"',
        passing: '{apiGroups: [""], resources: [pods], verbs: [delete]}',
        command:
          "kubectl create role alice-delete-pods --verb=delete --resource=pods --resource-name=p -n shop && kubectl create rolebinding alice-alice-delete-pods --role=alice-delete-pods --user=alice -n shop",
      },
      {
        object: { apiVersion, kind: "Role", namespace: "shop", name: "reader" },
        field: "rules[0].verbs",
        rule: "near",
        says: "Role reader, which RoleBinding b gives, allows only get, list",
        passing: "[get, list, delete]",
      },
      {
        object: { apiVersion, kind: "ClusterRole", name: "pod-remover" },
        rule: "fitting-role",
        says: "ClusterRole pod-remover would allow it (and all else that it holds)",
        command: "kubectl create rolebinding alice-pod-remover --clusterrole=pod-remover --user=alice -n shop",
      },
    ]);
  });
});

describe("rules of a user", () => {
  test("the cluster's bindings first, then the namespace's, each by name and once", () => {
    const r = (resource: string): PolicyRule => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });
    const rules = rulesOf({
      clusterRoles: [clusterRole("c", [r("one")]), clusterRole("d", [r("two")])],
      roles: [role("shop/r", [r("three")])],
      clusterRoleBindings: [
        clusterBinding("b2", "d", { kind: "Group", name: "system:authenticated" }),
        clusterBinding("b1", "c", alice, { kind: "Group", name: "devs" }),
      ],
      roleBindings: [binding("shop/b", "Role/r", alice), binding("other/b", "Role/r", alice)],
    });
    const user = question("get x").user;
    expect(rulesFor(rules, user, "shop").flatMap((x) => x.resources)).toEqual(["one", "two", "three"]);
    expect(rulesFor(rules, user, "").flatMap((x) => x.resources)).toEqual(["one", "two"]);
  });

  test("a service account counts as bound when a binding names it", () => {
    const rules = rulesOf({
      roleBindings: [
        binding(
          "shop/b",
          "Role/r",
          { kind: "ServiceAccount", name: "sa" },
          { kind: "Group", name: "system:serviceaccounts" },
        ),
      ],
    });
    expect(isServiceAccountBound(rules, "shop", "sa")).toBe(true);
    expect(isServiceAccountBound(rules, "shop", "other")).toBe(false);
    expect(isServiceAccountBound(rules, "x", "sa")).toBe(false);
  });
});

describe("escalation", () => {
  const own: PolicyRule[] = [
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["*"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
  ];

  test("what is not held is named in upstream's words", () => {
    const missing = missingRules(own, [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ]);
    expect(escalationMessage({ name: "alice", groups: ["devs", "system:authenticated"] }, missing)).toBe(
      'user "alice" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
    );
  });

  test("verbs of one resource are told together, names apart", () => {
    const missing = missingRules(own, [
      { apiGroups: [""], resources: ["pods", "secrets"], verbs: ["get", "list"] },
      { apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"], verbs: ["get"] },
    ]);
    expect(missing).toEqual([
      { apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"], verbs: ["get"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
      { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] },
    ]);
  });

  const word = fc.constantFrom("a", "b", "*");
  const list = fc.uniqueArray(word, { minLength: 1, maxLength: 2 });
  const resource = fc.constantFrom("a", "b", "*", "a/s", "*/s", "b/t");
  const rule: fc.Arbitrary<PolicyRule> = fc.oneof(
    fc.record({
      apiGroups: list,
      resources: fc.uniqueArray(resource, { minLength: 1, maxLength: 2 }),
      verbs: list,
      resourceNames: fc.option(fc.uniqueArray(fc.constantFrom("n", "m"), { minLength: 1 }), { nil: undefined }),
    }),
    fc.record({
      nonResourceURLs: fc.uniqueArray(fc.constantFrom("/a", "/a/*", "*", "/b"), { minLength: 1 }),
      verbs: list,
    }),
  );
  const asked: fc.Arbitrary<AccessQuestion> = fc
    .record({
      verb: fc.constantFrom("a", "b", "c"),
      group: fc.constantFrom("a", "b", "c"),
      resource: fc.constantFrom("a", "b", "c"),
      subresource: fc.constantFrom("", "s", "t"),
      name: fc.constantFrom("", "n", "m"),
      path: fc.constantFrom("", "/a", "/a/x", "/b", "/c"),
    })
    .map((q) => ({ user: { name: "x", groups: [] }, namespace: "ns", ...q, isResource: q.path === "" }));

  test("property: who covers a set of rules may do all that it allows", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), fc.array(rule, { maxLength: 2 }), asked, (owner, servant, q) => {
        fc.pre(missingRules(owner, servant).length === 0);
        if (servant.some((r) => ruleAllows(r, q))) expect(owner.some((r) => ruleAllows(r, q))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("property: rules cover themselves, and what is missing, once added, is missing no more", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), fc.array(rule, { maxLength: 3 }), (owner, servant) => {
        expect(missingRules(servant, servant)).toEqual([]);
        expect(missingRules([...owner, ...missingRules(owner, servant)], servant)).toEqual([]);
      }),
    );
  });

  test("property: the index decides as asking every binding in turn does", () => {
    const subject: fc.Arbitrary<RbacSubject> = fc.constantFrom(
      { kind: "User", name: "alice" },
      { kind: "Group", name: "devs" },
      { kind: "ServiceAccount", name: "sa" },
      { kind: "ServiceAccount", name: "sa", namespace: "b" },
    );
    const user = fc.constantFrom<AccessQuestion["user"][]>(
      { name: "alice", groups: ["devs"] },
      { name: "bob", groups: ["devs"] },
      { name: "system:serviceaccount:b:sa", groups: [] },
      { name: "system:serviceaccount:a:sa", groups: [] },
    );
    const bindings = fc.array(
      fc.record({
        namespace: fc.constantFrom("", "a", "b"),
        name: fc.constantFrom("x", "y", "z"),
        subjects: fc.array(subject, { maxLength: 3 }),
        rules: fc.array(rule, { maxLength: 2 }),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(bindings, user, asked, fc.constantFrom("", "a", "b"), (all, who, q, namespace) => {
        const unique = [...new Map(all.map((b) => [`${b.namespace}/${b.name}`, b])).values()];
        const rules = rulesOf({
          clusterRoles: unique.map((b) => clusterRole(`${b.namespace}-${b.name}`, b.rules)),
          roleBindings: unique
            .filter((b) => b.namespace !== "")
            .map((b) => binding(`${b.namespace}/${b.name}`, `ClusterRole/${b.namespace}-${b.name}`, ...b.subjects)),
          clusterRoleBindings: unique
            .filter((b) => b.namespace === "")
            .map((b) => clusterBinding(b.name, `-${b.name}`, ...b.subjects)),
        });
        const applies = (s: RbacSubject, at: string): boolean =>
          s.kind === "User"
            ? s.name === who.name
            : s.kind === "Group"
              ? who.groups.includes(s.name)
              : who.name === `system:serviceaccount:${s.namespace ?? at}:${s.name}` && (s.namespace ?? at) !== "";
        const asking = { ...q, user: who, namespace };
        const expected = unique.some(
          (b) =>
            (b.namespace === "" || b.namespace === namespace) &&
            b.subjects.some((s) => applies(s, b.namespace)) &&
            b.rules.some((r) => ruleAllows(r, asking)),
        );
        expect(evaluateRbac(rules, asking).decision).toBe(expected ? "allow" : "deny");
      }),
      { numRuns: 500 },
    );
  });
});
