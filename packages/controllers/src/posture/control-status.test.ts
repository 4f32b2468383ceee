import { Evaluation, ObjectSet, type OwnControl, ownControls } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import { expect, test } from "vitest";
import { controlStatus } from "./control-status.ts";

const object = (expression: string): KubeObject =>
  ({
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "PostureControl",
    metadata: { name: "own", generation: 3 },
    spec: {
      title: "t",
      attack: "a",
      severity: "low",
      severityBecause: "b",
      match: { kinds: ["ConfigMap"] },
      expression,
      field: "data",
      message: "m",
    },
  }) as KubeObject;
const now = Date.parse("2026-11-21T12:00:00Z");
const one = async (expression: string): Promise<OwnControl> => {
  const [own] = await ownControls([object(expression)], []);
  if (own === undefined) throw new Error("none");
  return own;
};

test("a control that counts says so and what it found; the same again is not written", async () => {
  const own = await one("has(object.data)");
  const objects = new ObjectSet([{ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "a", name: "b" } }]);
  const settings = {
    defaults: "bulkhead",
    podSecurityDefault: "restricted",
    network: { nodeIps: [], closed: [] },
  } as const;
  const [tally] = new Evaluation({ objects, controls: [own.control], settings, now }).tallies();
  const status = controlStatus(undefined, own, tally, now);
  expect(status).toMatchObject({
    observedGeneration: 3,
    conditions: [{ type: "Accepted", status: "True", reason: "Compiled", lastTransitionTime: "2026-11-21T12:00:00Z" }],
    findings: { passed: 0, failing: 1, accepted: 0, unknown: 0, errors: 0 },
  });
  expect(controlStatus(status, own, tally, now + 1000)).toBeUndefined();
});

test("one that does not says why, since when", async () => {
  const before = controlStatus(undefined, await one("true"), undefined, now);
  const after = controlStatus(before, await one("true &&"), undefined, now + 60_000);
  expect(after?.conditions).toMatchObject([
    { status: "False", reason: "NotUnderstood", lastTransitionTime: "2026-11-21T12:01:00Z" },
  ]);
  expect(after?.conditions?.[0]?.message).toContain("expression: line 1, column");
});
