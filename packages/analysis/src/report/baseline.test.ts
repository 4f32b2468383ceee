import type { KubeObject } from "@bulkhead/api";
import { expect, test } from "vitest";
import { type Control, objectControl, type Severity } from "../posture/control.ts";
import { workloadPrivileged } from "../posture/controls/workload-privileged/control.ts";
import { Evaluation } from "../posture/evaluate.ts";
import { kinds } from "../snapshot/kinds.ts";
import { ObjectSet, type UnreadKind } from "../snapshot/object-set.ts";
import { comparePosture, type PostureBaselineEntry, type PostureCompared, postureEntries } from "./baseline.ts";
import { postureReport } from "./posture-report.ts";

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

const taken = (evaluation: Evaluation, compared?: PostureCompared): readonly PostureBaselineEntry[] =>
  postureEntries(postureReport(evaluation).findings, compared);
const compare = (before: readonly PostureBaselineEntry[], evaluation: Evaluation, now = 0): PostureCompared =>
  comparePosture(postureReport(evaluation), before, now);

const nameOf = (id: string): string => id.split("|")[2] ?? "";
const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => nameOf(id));
const standing = ({ standings }: PostureCompared): Readonly<Record<string, string>> =>
  Object.fromEntries([...standings].map(([id, { is }]) => [nameOf(id), is]));
const bad = { debug: "yes" };

test("what is new, what is gone, and what nobody can see any more", () => {
  const before = taken(evaluate([map("a", bad), map("b", bad), map("c", bad), map("d", bad)]));
  const drift = compare(
    before,
    evaluate(
      [map("a", bad), map("b", {}), map("c", { ...bad, asks: "for Secrets" }), map("e", bad)],
      [{ kind: "Secret", why: "forbidden" }],
    ),
  );
  expect(standing(drift)).toEqual({ "shop/a": "known", "shop/e": "new" });
  expect(ids(drift.gone)).toEqual(["shop/b", "shop/d"]);
  expect(ids(drift.unseen)).toEqual(["shop/c"]);
});

test("a kind that cannot be read hides its findings, there or everywhere, and a control that is not asked does too", () => {
  const before = taken(evaluate([map("a", bad)]));
  const unread = (namespace?: string): PostureCompared =>
    compare(
      before,
      evaluate([], [{ kind: "ConfigMap", why: "forbidden", ...(namespace === undefined ? {} : { namespace }) }]),
    );
  expect(ids(unread().unseen)).toEqual(["shop/a"]);
  expect(ids(unread("shop").unseen)).toEqual(["shop/a"]);
  expect(ids(unread("other").gone)).toEqual(["shop/a"]);
  expect(ids(compare(before, evaluate([map("a", bad)], [], [])).unseen)).toEqual(["shop/a"]);
  expect(ids(compare(before, evaluate([])).gone)).toEqual(["shop/a"]);
});

test("graver counts anew, less grave does not; accepted since; an end that is over", () => {
  const open = [map("a", bad)];
  const before = taken(evaluate(open));
  expect(standing(compare(before, evaluate(open, [], [control("critical")])))).toEqual({ "shop/a": "worse" });
  expect(standing(compare(before, evaluate(open, [], [control("low")])))).toEqual({ "shop/a": "known" });
  const accepted = evaluate([...open, exception]);
  expect(compare(before, accepted)).toMatchObject({ accepted: before, gone: [], unseen: [] });
  // An Exception that ends is no finding of the baseline: it counts.
  expect(standing(compare(taken(accepted), evaluate(open)))).toEqual({ "shop/a": "new" });
  const ending = before.map((entry) => ({ ...entry, expires: 10 }));
  expect(standing(compare(ending, evaluate(open), 9))).toEqual({ "shop/a": "known" });
  expect(standing(compare(ending, evaluate(open), 10))).toEqual({ "shop/a": "expired" });
});

test("written anew, a finding keeps the reason and the end that a person gave", () => {
  const evaluation = evaluate([map("a", bad), map("b", bad)]);
  const before = taken(evaluation)
    .filter(({ id }) => nameOf(id) === "shop/a")
    .map((entry) => ({ ...entry, reason: "until June", expires: 10 }));
  expect(taken(evaluation, compare(before, evaluation))).toEqual([
    ...before,
    { id: expect.stringContaining("shop/b") as string, severity: "high" },
  ]);
});
