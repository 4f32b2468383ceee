import type { Exception, ExceptionSpec, Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { exceptionsFor, liftedBy, normaliseExceptions, parseTime } from "./exceptions.ts";
import { formatSubject, parseSubject, podIdentity, subjectKind, templateIdentity } from "./subject.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

const makeException = (name: string, spec: Partial<ExceptionSpec> = {}, namespace = "shop"): Exception => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "Exception",
  metadata: { namespace, name },
  spec: {
    decider: "image",
    rule: "trust",
    subject: { kind: "Pod", name: "p" },
    reason: "r",
    author: "a",
    expires: "2026-11-28T12:00:00Z",
    ...spec,
  },
});

const makePod = (
  labels: Record<string, string>,
  owner?: readonly [apiVersion: string, kind: string, name: string, controller?: boolean],
): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    namespace: "shop",
    name: "p",
    labels,
    ...(owner === undefined
      ? {}
      : {
          ownerReferences: [
            { apiVersion: owner[0], kind: owner[1], name: owner[2], uid: "u", controller: owner[3] ?? true },
          ],
        }),
  },
  spec: { containers: [], serviceAccountName: "sa" },
});

describe("who a pod is", () => {
  const always = ["pod/p", "serviceaccount/sa", "namespace/shop"];
  test.each<[string, Pod, string[]]>([
    ["on its own", makePod({}), []],
    ["a StatefulSet's", makePod({}, ["apps/v1", "StatefulSet", "db"]), ["statefulset/db"]],
    [
      "a ReplicaSet's of a Deployment",
      makePod({ "pod-template-hash": "abc" }, ["apps/v1", "ReplicaSet", "web-abc"]),
      ["deployment/web", "replicaset/web-abc"],
    ],
    ["a lone ReplicaSet's", makePod({}, ["apps/v1", "ReplicaSet", "web-abc"]), ["replicaset/web-abc"]],
    [
      "a ReplicaSet's with another's hash",
      makePod({ "pod-template-hash": "xyz" }, ["apps/v1", "ReplicaSet", "web-abc"]),
      ["replicaset/web-abc"],
    ],
    ["a CronJob's", makePod({}, ["batch/v1", "Job", "night-29384756"]), ["cronjob/night", "job/night-29384756"]],
    ["a Job's", makePod({}, ["batch/v1", "Job", "once"]), ["job/once"]],
    ["owned, but not controlled", makePod({}, ["apps/v1", "StatefulSet", "db", false]), []],
    ["controlled by another group's kind", makePod({}, ["example.com/v1", "StatefulSet", "db"]), []],
    ["controlled by what is no subject", makePod({}, ["v1", "Node", "n"]), []],
  ])("%s", (_, pod, expected) => {
    expect(podIdentity(pod).subjects.map(formatSubject)).toEqual([...expected, ...always]);
  });

  test("a template's pods have no name yet, and the account default unless said", () => {
    expect(templateIdentity("shop", { kind: "Deployment", name: "web" }, {}).subjects.map(formatSubject)).toEqual([
      "deployment/web",
      "serviceaccount/default",
      "namespace/shop",
    ]);
  });
});

test("subjects are typed in any case and by kubectl's short names", () => {
  expect(subjectKind("DEPLOY")).toBe("Deployment");
  expect(subjectKind("constructor")).toBeUndefined();
  expect(parseSubject("sa/x")).toEqual({ kind: "ServiceAccount", name: "x" });
  for (const text of ["x", "pod/", "pod/a/b", "pod/A", "secret/x", "pod/-x"])
    expect(parseSubject(text)).toBeUndefined();
});

test.each([
  ["2026-11-21T12:00:00Z", now],
  ["2026-11-21T13:00:00.5+01:00", now + 500],
  ["2026-11-21T12:00:00", Number.NaN],
  ["2026-11-21", Number.NaN],
  ["tomorrow", Number.NaN],
  ["2026-13-41T12:00:00Z", Number.NaN],
  [undefined, Number.NaN],
])("%s as a time", (text, expected) => {
  expect(parseTime(text)).toBe(expected);
});

describe("which hold", () => {
  const pod = podIdentity(makePod({}));

  test("those for any of a pod's names, in its namespace, of the decider asked", () => {
    const rules = normaliseExceptions(
      [
        makeException("pod"),
        makeException("account", { subject: { kind: "ServiceAccount", name: "sa" } }),
        makeException("all", { subject: { kind: "Namespace", name: "shop" } }),
        makeException("other-pod", { subject: { kind: "Pod", name: "q" } }),
        makeException("other-decider", { decider: "network" }),
        makeException("elsewhere", {}, "other"),
      ],
      now,
    );
    expect(exceptionsFor(rules, "image", pod).map((e) => e.metadata.name)).toEqual(["pod", "account", "all"]);
    expect(rules.problems).toEqual([]);
  });

  test("until they expire: the next end is told", () => {
    const exceptions = [makeException("a"), makeException("b", { expires: "2026-11-22T00:00:00Z" })];
    expect(normaliseExceptions(exceptions, now).until).toBe(Date.parse("2026-11-22T00:00:00Z"));
    const later = normaliseExceptions(exceptions, Date.parse("2026-11-22T00:00:00Z"));
    expect(exceptionsFor(later, "image", pod).map((e) => e.metadata.name)).toEqual(["a"]);
    expect(later.problems).toEqual([
      {
        object: { apiVersion: "security.bulkhead.dev/v1alpha1", kind: "Exception", namespace: "shop", name: "b" },
        field: "spec.expires",
        rule: "expired",
        says: "Exception shop/b expired at 2026-11-22T00:00:00Z and lifts nothing any more",
      },
    ]);
  });

  test.each<[string, Partial<ExceptionSpec>, string]>([
    ["a ClusterRole, from a namespace of its own", { subject: { kind: "ClusterRole", name: "x" } }, "shop"],
    ["another Namespace, from there", { subject: { kind: "Namespace", name: "other" } }, "shop"],
    ["a Node, of another decider", { decider: "image", subject: { kind: "Node", name: "x" } }, "kube-system"],
    ["a Namespace, of another decider", { decider: "image", subject: { kind: "Namespace", name: "x" } }, "kube-system"],
  ])("whoever may write in one namespace lifts nothing of the cluster: %s", (_, spec, namespace) => {
    const rules = normaliseExceptions([makeException("x", { decider: "posture", ...spec }, namespace)], now);
    expect(rules.problems.map(({ rule }) => rule)).toEqual(["subject"]);
    expect(rules.byDecider.size).toBe(0);
  });

  test("an object without a spec, as a hostile client might store one, lifts nothing", () => {
    const broken = { ...makeException("x"), spec: undefined } as unknown as Exception;
    expect(normaliseExceptions([broken], now).problems[0]?.rule).toBe("expires");
  });

  test("a value narrows: only the same one is lifted; none lifts all", () => {
    const narrow = [makeException("n", { value: "nginx" })];
    expect(liftedBy(narrow, "trust", "nginx")?.metadata.name).toBe("n");
    expect(liftedBy(narrow, "trust", "redis")).toBeUndefined();
    expect(liftedBy(narrow, "trust", undefined)).toBeUndefined();
    expect(liftedBy([makeException("w")], "trust", undefined)?.metadata.name).toBe("w");
    expect(liftedBy([makeException("w")], "reference", "nginx")).toBeUndefined();
  });
});
