import type { KubeObject, PolicyRule } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { Evaluation } from "../posture/evaluate.ts";
import { ObjectSet } from "../snapshot/object-set.ts";
import { Unread } from "../snapshot/view.ts";
import { accountPowers } from "./reach-of-account.ts";
import { partOf, rulePowers } from "./rule-powers.ts";

const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;

const role = (name: string, rules: readonly PolicyRule[], namespace?: string): KubeObject =>
  ({
    apiVersion,
    kind: namespace === undefined ? "ClusterRole" : "Role",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    rules,
  }) as KubeObject;

const bound = (role: KubeObject, subject: object, namespace?: string): KubeObject =>
  ({
    apiVersion,
    kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
    metadata: { name: `${role.metadata.name}-bound`, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: group, kind: role.kind, name: role.metadata.name },
    subjects: [subject],
  }) as unknown as KubeObject;

const core = (verbs: string[], resources: string[], resourceNames?: string[]): PolicyRule => ({
  apiGroups: [""],
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});
const web = { kind: "ServiceAccount", namespace: "shop", name: "web" };

const evaluationOf = (...objects: KubeObject[]): Evaluation =>
  new Evaluation({
    objects: new ObjectSet(objects),
    controls: [],
    settings: { defaults: "kubernetes", podSecurityDefault: "privileged", network: { nodeIps: [], closed: [] } },
    now: 0,
  });
const powersIn = (evaluation: Evaluation, name = "web") =>
  evaluation.ask((view) =>
    accountPowers(view, { namespace: "shop", name }).map(({ id, severity, where }) => `${severity} ${id} ${where}`),
  );

describe("what an account's token may do", () => {
  const reader = role("reader", [core(["list"], ["secrets"])]);

  test("a RoleBinding gives a ClusterRole's rights in its own namespace, a ClusterRoleBinding in every one, once", () => {
    expect(powersIn(evaluationOf(reader, bound(reader, web, "stock")))).toEqual(["medium secrets stock"]);
    expect(powersIn(evaluationOf(reader, bound(reader, web, "stock"), bound(reader, web)))).toEqual([
      "critical secrets ",
    ]);
    expect(powersIn(evaluationOf(reader, bound(reader, web)), "other")).toEqual([]);
  });

  test("the account has what its groups have", () => {
    const everyone = { kind: "Group", name: "system:serviceaccounts:shop" };
    expect(powersIn(evaluationOf(reader, bound(reader, everyone)), "anyone")).toEqual(["critical secrets "]);
  });

  test("a RoleBinding gives nothing of the cluster's own objects, but its own namespace's labels", () => {
    const nodes = role("nodes", [core(["get"], ["nodes/proxy"]), core(["patch"], ["namespaces"])]);
    expect(powersIn(evaluationOf(nodes, bound(nodes, web, "shop")))).toEqual(["high namespace-labels shop"]);
    expect(powersIn(evaluationOf(nodes, bound(nodes, web)))).toEqual([
      "critical node-proxy ",
      "high namespace-labels ",
    ]);
  });

  test("the gravest come first, and each says through what", () => {
    const mixed = role("mixed", [core(["delete"], ["events"]), core(["get"], ["nodes/proxy"])]);
    const evaluation = evaluationOf(mixed, bound(mixed, web));
    expect(powersIn(evaluation)).toEqual(["critical node-proxy ", "low events "]);
    evaluation.ask((view) => {
      const [first] = accountPowers(view, { namespace: "shop", name: "web" });
      expect(first?.through.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
        "ClusterRoleBinding mixed-bound",
        "ClusterRole mixed",
      ]);
    });
  });

  test("follows a binding that goes", () => {
    const evaluation = evaluationOf(reader, bound(reader, web));
    expect(powersIn(evaluation)).toHaveLength(1);
    evaluation.apply([{ kind: `${group}/ClusterRoleBinding`, namespace: "", name: "reader-bound" }]);
    expect(powersIn(evaluation)).toEqual([]);
  });

  test("what could not be read is not an account without rights", () => {
    const evaluation = new Evaluation({
      objects: new ObjectSet([reader], [{ kind: `${group}/RoleBinding`, why: "forbidden" }]),
      controls: [],
      settings: { defaults: "kubernetes", podSecurityDefault: "privileged", network: { nodeIps: [], closed: [] } },
      now: 0,
    });
    expect(() => powersIn(evaluation)).toThrow(Unread);
  });
});

describe("what a rule gives", () => {
  test.each<[string, PolicyRule, readonly string[]]>([
    ["one object by its name is not every one", core(["get"], ["secrets"], ["web"]), []],
    ["a subresource is not its resource", core(["get"], ["pods"]), []],
    [
      "a wildcard is itself and not what it implies",
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      ["everything"],
    ],
    ["reading all kinds", core(["get", "list"], ["*"]), ["any-resource"]],
    ["every verb on Secrets", core(["*"], ["secrets"]), ["any-verb"]],
    [
      "every verb on what leads nowhere",
      { apiGroups: ["example.com"], resources: ["widgets"], verbs: ["*"] },
      ["loose"],
    ],
    ["metrics of every kind", { apiGroups: ["custom.metrics.k8s.io"], resources: ["*"], verbs: ["get"] }, ["loose"]],
    ["a group's wildcard hides no power", { apiGroups: ["*"], resources: ["secrets"], verbs: ["get"] }, ["secrets"]],
    ["a subresource of anything", { apiGroups: ["*"], resources: ["*/exec"], verbs: ["create"] }, ["exec"]],
    [
      "reviews of tokens lead nowhere",
      { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
      [],
    ],
    [
      "binding a named role that is small",
      { apiGroups: [group], resources: ["clusterroles"], verbs: ["bind"], resourceNames: ["view"] },
      [],
    ],
    [
      "binding a named role that is large",
      { apiGroups: [group], resources: ["clusterroles"], verbs: ["bind"], resourceNames: ["admin"] },
      ["bind"],
    ],
    [
      "impersonated scopes",
      { apiGroups: ["authentication.k8s.io"], resources: ["userextras/scopes"], verbs: ["impersonate"] },
      ["impersonate-extras"],
    ],
    [
      "escalating and changing at once counts once",
      { apiGroups: [group], resources: ["clusterroles"], verbs: ["update", "escalate"] },
      ["escalate"],
    ],
    ["paths", { nonResourceURLs: ["*"], verbs: ["get"] }, ["any-path"]],
    ["a part of the paths", { nonResourceURLs: ["/healthz/*"], verbs: ["get"] }, []],
  ])("%s", (_, rule, expected) => expect(rulePowers(rule)).toEqual(expected));

  test("the part of a rule that makes a power can be told from the rest", () => {
    expect(partOf(core(["get", "create"], ["pods", "pods/exec", "configmaps"]), "workloads")).toEqual({
      verbs: ["create"],
      resources: ["pods"],
    });
  });
});
