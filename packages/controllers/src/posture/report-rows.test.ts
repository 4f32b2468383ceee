import { atOnce, controls, Evaluation, ObjectSet, seenIn } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import { expect, test } from "vitest";
import { postureReport } from "./report-rows.ts";
import { summarising } from "./summary.ts";

const pod = (name: string, privileged: boolean): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "shop", name },
    spec: { containers: [{ name: "c", image: "registry.example/c", securityContext: { privileged } }] },
  }) as KubeObject;

const evaluate = (objects: readonly KubeObject[]): Evaluation =>
  new Evaluation({
    objects: new ObjectSet(objects),
    controls: controls.filter(({ id }) => id === "workload-privileged"),
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: Date.parse("2026-11-21T00:00:00Z"),
  });

test("a report holds what does not pass, counts what does, and remembers since when", () => {
  const { findings, passed } = evaluate([pod("bad", true), pod("good", false)]).inNamespace("shop");
  const seen = new Map(findings.map(({ id }) => [id, 1_000_000]));
  const report = postureReport("shop", findings, passed, seen);
  expect(report?.summary).toEqual({ pass: 1, fail: 1, warn: 0, error: 0, skip: 0 });
  expect(report?.results).toMatchObject([
    {
      policy: "workload-privileged",
      rule: "c",
      severity: "critical",
      result: "fail",
      resources: [{ kind: "Pod", namespace: "shop", name: "bad" }],
      timestamp: { seconds: 1000 },
    },
  ]);
  expect(report && seenIn(report)).toEqual([...seen]);
});

test("a namespace of which nothing is to be said has no report; what is in none has a ClusterReport", () => {
  const evaluation = evaluate([pod("good", false)]);
  expect(postureReport("empty", [], 0, new Map())).toBeUndefined();
  const { findings, passed } = evaluation.inNamespace("shop");
  expect(postureReport("", findings, passed, new Map())).toMatchObject({ kind: "ClusterReport", summary: { pass: 1 } });
});

test("of very many findings the gravest stay, and the report says how many do not", () => {
  const evaluation = evaluate(Array.from({ length: 300 }, (_, index) => pod(`bad-${index}`, true)));
  const { findings, passed } = evaluation.inNamespace("shop");
  const report = postureReport("shop", findings, passed, new Map());
  expect(report?.results).toHaveLength(250);
  expect(report?.summary?.fail).toBe(300);
  expect(report?.metadata.annotations).toEqual({ "security.bulkhead.dev/results-left-out": "50" });
});

test("the summary names what is worst and what to change first, and does not claim more than was seen", () => {
  const evaluation = evaluate([pod("bad", true), pod("good", false)]);
  const { posture } = atOnce(summarising(evaluation, new Map(), 0));
  expect(posture.failing).toEqual({ critical: 1, high: 0, medium: 0, low: 0 });
  expect(posture.worst).toMatchObject([
    { control: "workload-privileged", object: { name: "bad" }, since: "1970-01-01T00:00:00Z" },
  ]);
  expect(posture.changes).toMatchObject([{ objects: [{ name: "bad" }], findings: 1 }]);
  expect(posture.changes[0]?.after).toBeLessThan(posture.changes[0]?.before ?? 0);
});
