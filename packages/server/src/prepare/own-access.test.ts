import { readFileSync } from "node:fs";
import { join } from "node:path";
import { controls, Evaluation, ObjectSet } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import { expect, test } from "vitest";
import { type Access, ownAccess, ownRegistryAccess } from "./own-access.ts";

const fixtures = join(import.meta.dirname, "..", "..", "..", "analysis", "src", "access", "fixtures");
const listed = ({ clusterRoles, clusterRoleBindings, roles, roleBindings }: Access): readonly KubeObject[] => [
  ...clusterRoles,
  ...ownRegistryAccess.clusterRoles,
  ...clusterRoleBindings,
  ...ownRegistryAccess.clusterRoleBindings,
  ...roles,
  ...roleBindings,
];
const own = listed(ownAccess);
const upstream = JSON.parse(readFileSync(join(fixtures, "upstream-defaults.json"), "utf8")) as KubeObject[];
const identities = controls.filter(({ area }) => area === "identities");

const findings = (objects: readonly KubeObject[]): string[] =>
  new Evaluation({
    objects: new ObjectSet(objects),
    controls: identities,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: 0,
  })
    .findings()
    .map(
      ({ control, object, outcome, breach }) =>
        `${control.id} ${outcome} ${object.kind} ${object.name}: ${breach?.says ?? ""}`,
    );

test("the rights that Bulkhead gives its own programs raise no alarm of posture", () => {
  expect(identities.length).toBeGreaterThan(30);
  expect(findings([...upstream, ...own])).toEqual([]);
});

test("they would, if one of them grew: any controller that may read Secrets is found", () => {
  for (const role of ownAccess.clusterRoles.filter(({ metadata }) => metadata.name?.startsWith("system:controller:"))) {
    const grown = {
      ...role,
      rules: [...(role.rules ?? []), { apiGroups: [""], resources: ["secrets"], verbs: ["list"] }],
    };
    const found = findings([...upstream, ...own.map((object) => (object === role ? grown : object))]);
    expect(found.join("\n"), role.metadata.name).toContain(role.metadata.name);
  }
});

test("nothing is given twice, and every binding names a role that is there", () => {
  const names = own.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
  const there = new Set([
    ...names,
    ...upstream.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`),
  ]);
  for (const { roleRef } of [...ownAccess.clusterRoleBindings, ...ownRegistryAccess.clusterRoleBindings])
    expect(there).toContain(`ClusterRole /${roleRef.name}`);
  for (const { metadata, roleRef } of ownAccess.roleBindings)
    expect(there).toContain(
      `${roleRef.kind} ${roleRef.kind === "Role" ? (metadata.namespace ?? "") : ""}/${roleRef.name}`,
    );
});

test("analysis' own tests look at these very objects: vitest -u writes them anew", async () => {
  const lines = own.map((object) => JSON.stringify(object)).join(",\n");
  await expect(`[\n${lines}\n]\n`).toMatchFileSnapshot(join(fixtures, "bulkhead-own.json"));
});
