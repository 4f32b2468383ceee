import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterRole, KubeObject, PolicyRule } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { identitiesControls } from "../posture/controls/identities.ts";
import { Evaluation } from "../posture/evaluate.ts";
import { ObjectSet } from "../snapshot/object-set.ts";
import { evaluateFixture, readFixture, written } from "../testing/read-fixture.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const objectsOf = (name: string): KubeObject[] =>
  JSON.parse(readFileSync(join(fixtures, name), "utf8")) as KubeObject[];
const upstream = objectsOf("upstream-defaults.json");
const own = objectsOf("bulkhead-own.json");

const evaluationOf = (objects: readonly KubeObject[]): Evaluation =>
  new Evaluation({
    objects: new ObjectSet(objects),
    controls: identitiesControls,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: 0,
  });

describe("what every cluster is born with raises no alarm", () => {
  test.each([
    ["upstream's default roles and bindings", upstream],
    ["Bulkhead's with them", [...upstream, ...own]],
  ])("%s", (_, objects) => {
    const evaluation = evaluationOf(objects);
    expect(evaluation.findings().map((finding) => [written(finding), finding.breach?.says ?? finding.why])).toEqual([]);
    expect(evaluation.tallies().filter(({ passed }) => passed > 50).length).toBeGreaterThan(30);
  });
});

describe("a default role is trusted with its own powers and no others", () => {
  const withRule = (name: string, rule: PolicyRule): KubeObject[] =>
    [...upstream, ...own].map((object) =>
      object.metadata.name === name && object.kind === "ClusterRole"
        ? ({ ...object, rules: [...((object as ClusterRole).rules ?? []), rule] } as KubeObject)
        : object,
    );
  const ids = (objects: readonly KubeObject[]) =>
    evaluationOf(objects)
      .findings()
      .map(({ control, object }) => `${control.id} ${object.name}`);

  test("one that a controller holds", () => {
    const rule = { verbs: ["get"], apiGroups: [""], resources: ["secrets"] };
    expect(ids(withRule("system:controller:job-controller", rule))).toEqual([
      "access-secrets-everywhere system:controller:job-controller",
    ]);
  });
  test("one that everyone holds", () => {
    const rule = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };
    expect(ids(withRule("system:basic-user", rule))).toEqual([]);
  });
  test("a part of edit", () => {
    const rule = { verbs: ["patch"], apiGroups: [""], resources: ["endpoints"] };
    expect(ids(withRule("system:aggregate-to-edit", rule))).toEqual([
      "access-aggregated-powers system:aggregate-to-edit",
    ]);
  });
});

const folder = join(import.meta.dirname, "../posture/controls");
// A shared account is a fault only where its rights are one too.
const alone = identitiesControls.map(({ id }) => id).filter((id) => id !== "account-shared");
// Accounts and roles that a fixture leaves out are missing there, which is another fault.
const left = new Set(["access-missing-account", "access-missing-role", "account-unused"]);
const found = (file: string): string[] =>
  evaluateFixture(readFixture(file), identitiesControls)
    .findings()
    .filter(({ control, outcome }) => outcome === "fail" && !left.has(control.id))
    .map(written)
    .toSorted();

describe("one fault, one control: nothing else of this area fires", () => {
  test.each(alone)("%s", (id) => {
    const file = join(folder, id, "fixtures/bad.yaml");
    const { expected } = readFixture(file);
    expect(found(file)).toEqual(expected.filter(() => !left.has(id)).toSorted());
    expect(found(join(folder, id, "fixtures/good.yaml"))).toEqual([]);
  });
});

test("every folder of this area is listed", () => {
  const folders = readdirSync(folder).filter((name) => /^(access|account)-/.test(name));
  expect(identitiesControls.map(({ id }) => id).toSorted()).toEqual(folders.toSorted());
});

describe("what could not be read takes nothing from what was seen", () => {
  const group = "rbac.authorization.k8s.io";
  const file = (id: string) => join(folder, id, "fixtures/bad.yaml");
  const outcomes = (id: string, ...unread: readonly string[]) => {
    const fixture = readFixture(file(id));
    const evaluation = evaluateFixture(
      { ...fixture, unread: unread.map((kind) => ({ kind: `${group}/${kind}`, why: "forbidden" })) },
      identitiesControls.filter((control) => control.id === id),
    );
    return evaluation
      .findings()
      .map(({ outcome, object }) => `${outcome} ${object.kind}`)
      .toSorted();
  };

  test("a Role is held by its namespace's RoleBindings, whatever the cluster's hold", () => {
    expect(outcomes("access-secrets-in-namespace", "ClusterRole", "ClusterRoleBinding")).toEqual(["fail Role"]);
  });
  test("a ClusterRole that is seen to be held is held", () => {
    expect(outcomes("access-node-proxy", "RoleBinding", "Role")).toEqual(["fail ClusterRole", "fail ClusterRole"]);
    expect(outcomes("access-node-proxy", "ClusterRoleBinding")).toEqual(["unknown ClusterRole", "unknown ClusterRole"]);
  });
  test("whether it is held everywhere is known only with the cluster's bindings", () => {
    expect(outcomes("access-secrets-everywhere", "ClusterRoleBinding")).toEqual(["fail Role", "unknown ClusterRole"]);
  });
});
