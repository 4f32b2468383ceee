import { join } from "node:path";
import { expect, test } from "vitest";
import { controls } from "../posture/controls/index.ts";
import { fixPlan } from "../posture/fix/plan.ts";
import { bestChanges } from "../posture/rank/best-changes.ts";
import { evaluateFixture, readFixture } from "../testing/read-fixture.ts";

const corpus = join(import.meta.dirname, "..", "posture", "corpus");
const evaluate = (name: string) => evaluateFixture(readFixture(join(corpus, `bad-${name}.yaml`)), controls);

test.each([
  ["network-plugin", "network plugin"],
  ["storage-driver", "mounts volumes"],
])("what takes a %s its rights would break the node, and is none of the best changes", (name, says) => {
  const evaluation = evaluate(name);
  const findings = evaluation.findings();
  const { planned } = fixPlan(evaluation, findings);
  const fate = (id: string) => planned.filter(({ finding }) => finding.control.id === id);
  expect(fate("workload-privileged").length).toBeGreaterThan(0);
  for (const one of fate("workload-privileged"))
    expect(one).toMatchObject({ kind: "would-break", breaks: expect.stringContaining(says) });
  // What bounds it takes nothing from it.
  for (const one of fate("workload-cpu-unrequested")) expect(one.kind).toBe("fixed");
  const fields = bestChanges(evaluation).flatMap(({ edits }) =>
    edits.map((edit) => ("field" in edit ? edit.field : "")),
  );
  expect(fields.filter((field) => /securityContext|volume|host/.test(field))).toEqual([]);
});

test("an agent that only looks at its node is no part of it", () => {
  const evaluation = evaluate("metrics");
  const { planned } = fixPlan(evaluation, evaluation.findings());
  const breaking = planned.filter((one) => one.kind === "would-break" && /network plugin|volumes/.test(one.breaks));
  expect(breaking).toEqual([]);
});
