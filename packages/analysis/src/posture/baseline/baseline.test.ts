import type { KubeObject } from "@bulkhead/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { kinds } from "../../snapshot/kinds.ts";
import { ObjectSet, type UnreadKind } from "../../snapshot/object-set.ts";
import { type Control, objectControl, type Severity } from "../control.ts";
import { workloadPrivileged } from "../controls/workload-privileged/control.ts";
import { Evaluation } from "../evaluate.ts";
import { compare, readBaseline, takeBaseline } from "./baseline.ts";
import { mergeSeen, noteSeen, nothingSeen, readSeen, type SeenFindings } from "./seen.ts";

const control = (severity: Severity = "high"): Control =>
  objectControl(kinds.configMap, {
    ...workloadPrivileged,
    id: "no-debug",
    severity,
    check: ({ data, metadata }, view) => {
      if (data?.["asks"] !== undefined) view.list(kinds.secret, metadata.namespace);
      return data?.["debug"] === undefined ? [] : [{ field: "data.debug", says: "debug is on" }];
    },
    fix: () => ({ kind: "by-hand", why: "only a test", how: "not at all" }),
  });

const map = (name: string, data: Record<string, string>): KubeObject =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop" }, data }) as KubeObject;

const exception: KubeObject = {
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { name: "one", namespace: "shop" },
  spec: {
    decider: "posture",
    rule: "no-debug",
    subject: { kind: "Namespace", name: "shop" },
    value: "data.debug",
    reason: "a test",
    author: "alice",
    expires: "2100-01-01T00:00:00Z",
  },
} as KubeObject;

const evaluate = (
  objects: readonly KubeObject[],
  unread: readonly UnreadKind[] = [],
  controls: readonly Control[] = [control()],
): Evaluation =>
  new Evaluation({
    objects: new ObjectSet(objects, unread),
    controls,
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now: 0,
  });

const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id.split("|")[2] ?? "");
const bad = { debug: "yes" };

test("what is new, what is gone, and what nobody can see any more", () => {
  const baseline = takeBaseline(evaluate([map("a", bad), map("b", bad), map("c", bad), map("d", bad)]));
  const now = evaluate(
    [map("a", bad), map("b", {}), map("c", { ...bad, asks: "for Secrets" }), map("e", bad)],
    [{ kind: "Secret", why: "forbidden" }],
  );
  const drift = compare(baseline, now);
  expect(ids(drift.new)).toEqual(["shop/e"]);
  expect(ids(drift.gone)).toEqual(["shop/b", "shop/d"]);
  expect(ids(drift.unseen)).toEqual(["shop/c"]);
});

test("a kind that cannot be read hides its findings, and a control that is not asked does too", () => {
  const baseline = takeBaseline(evaluate([map("a", bad)]));
  expect(ids(compare(baseline, evaluate([], [{ kind: "ConfigMap", why: "forbidden" }])).unseen)).toEqual(["shop/a"]);
  expect(ids(compare(baseline, evaluate([map("a", bad)], [], [])).unseen)).toEqual(["shop/a"]);
  expect(ids(compare(baseline, evaluate([])).gone)).toEqual(["shop/a"]);
});

test("another severity, accepted since, and counting again", () => {
  const open = [map("a", bad)];
  const baseline = takeBaseline(evaluate(open));
  expect(compare(baseline, evaluate(open, [], [control("low")])).changed.map(({ now }) => now.severity)).toEqual([
    "low",
  ]);
  const accepted = evaluate([...open, exception]);
  expect(ids(compare(baseline, accepted).accepted)).toEqual(["shop/a"]);
  expect(ids(compare(takeBaseline(accepted), evaluate(open)).counting)).toEqual(["shop/a"]);
});

test("a baseline is the same data after JSON, and nothing else is one", () => {
  const baseline = takeBaseline(evaluate([map("a", bad)]));
  expect(readBaseline(JSON.parse(JSON.stringify(baseline)))).toEqual(baseline);
  expect(readBaseline({ ...baseline, version: 2 })).toBeUndefined();
  expect(readBaseline({ ...baseline, findings: [{ id: "a" }] })).toBeUndefined();
  expect(readBaseline("text")).toBeUndefined();
});

const records: fc.Arbitrary<SeenFindings> = fc
  .dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.tuple(fc.nat(9), fc.nat(9)).map(([x, y]) => ({ first: Math.min(x, y), last: Math.max(x, y) })),
  )
  .map((findings) => ({ ...nothingSeen, findings }));

test("records of sight merge in any order, and again without change", () => {
  fc.assert(
    fc.property(records, records, records, (a, b, c) => {
      expect(mergeSeen(a, b)).toEqual(mergeSeen(b, a));
      expect(mergeSeen(mergeSeen(a, b), c)).toEqual(mergeSeen(a, mergeSeen(b, c)));
      expect(mergeSeen(a, a)).toEqual(mergeSeen(a, nothingSeen));
    }),
  );
});

test("first sight stays, last sight follows, and what is long gone is forgotten", () => {
  const evaluation = evaluate([map("a", bad)]);
  const [id = ""] = evaluation.findings().map((finding) => finding.id);
  const once = noteSeen(nothingSeen, evaluation, 10);
  const twice = noteSeen(once, evaluation, 20);
  expect(twice.findings[id]).toEqual({ first: 10, last: 20 });
  expect(noteSeen(twice, evaluate([]), 30, 15).findings[id]).toEqual({ first: 10, last: 20 });
  expect(noteSeen(twice, evaluate([]), 40, 25).findings).toEqual({});
  expect(readSeen(JSON.parse(JSON.stringify(twice)))).toEqual(twice);
  expect(readSeen({ ...twice, findings: { a: { first: 2, last: 1 } } })).toBeUndefined();
});
