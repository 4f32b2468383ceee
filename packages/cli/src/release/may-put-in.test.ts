import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InstancePaths, instancePaths, settleInstance, writeHolds } from "@bulkhead/host";
import { compileCurrency } from "@bulkhead/policy";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asPerson, isFollowed, speaksForParts } from "./may-put-in.ts";

let root: string;
let paths: InstancePaths;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bulkhead-may-"));
  paths = instancePaths(root);
  await settleInstance({ root, port: 1, onlyApiserver: true });
  await writeFile(paths.kubeconfig, "");
});
afterEach(() => rm(root, { recursive: true }));

const way = { from: "0.1.0", to: "0.2.0" };
const held = (part: string, until: number) => [
  { part, reason: "freeze", by: "anna", since: "2026-01-01T00:00:00Z", until: new Date(until).toISOString() },
];

test("a person's own word counts, but for a hold that runs", async () => {
  expect(await asPerson(paths, way)).toEqual({ by: "Root" });
  await writeHolds(paths, held("runc", Date.now() + 3_600_000));
  expect(await asPerson(paths, way)).toEqual({ by: "Root" });
  await writeHolds(paths, held("bulkhead", Date.now() - 1));
  expect(await asPerson(paths, way)).toEqual({ by: "Root" });
  await writeHolds(paths, held("bulkhead", Date.now() + 3_600_000));
  await expect(asPerson(paths, way)).rejects.toThrow(
    /Bulkhead is not changed: held until .* by anna: freeze → bulkhead current hold bulkhead --remove/,
  );
});

test.each<[string, readonly string[] | undefined, boolean, boolean]>([
  ["every part", undefined, false, true],
  ["a part", ["runc"], false, true],
  ["Bulkhead alone", ["bulkhead"], true, false],
  ["both", ["bulkhead", "runc"], true, true],
])("a policy for %s has asked: a registry, the suites", (_, parts, registry, suites) => {
  const policy = {
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "CurrencyPolicy",
    metadata: { name: "p" },
    spec: parts === undefined ? {} : { parts },
  };
  const rules = compileCurrency({ policies: [policy], approvals: [], holds: [], failed: [] });
  expect([isFollowed(rules), speaksForParts(rules)]).toEqual([registry, suites]);
});
