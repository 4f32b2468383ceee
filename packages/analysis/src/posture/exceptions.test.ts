import { type ExceptionSpec, exceptionClusterKinds, type KubeObject } from "@bulkhead/api";
import { expect, test } from "vitest";
import { postureReport } from "../report/posture-report.ts";
import { type Kind, kinds } from "../snapshot/kinds.ts";
import { ObjectSet } from "../snapshot/object-set.ts";
import type { Control } from "./control.ts";
import { Evaluation } from "./evaluate.ts";

const now = Date.parse("2026-11-21T00:00:00Z");
/** Fails on everything in no namespace, in two places. */
const everything: Control = {
  id: "everything-fails",
  title: "Nothing is there",
  area: "admission",
  attack: "a",
  severity: "high",
  severityBecause: "b",
  frameworks: {},
  kinds: [kinds.clusterRole, kinds.namespace],
  check: () => [
    { field: "rules[0]", says: "one" },
    { field: "rules[1]", says: "two", key: "second" },
  ],
  fix: () => ({ kind: "by-hand", why: "w", how: "h" }),
};
const role: KubeObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "ops:all" },
};
const shop: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
const exception = (namespace: string, spec: Partial<ExceptionSpec>): KubeObject =>
  ({
    apiVersion: "security.bulkhead.dev/v1alpha1",
    kind: "Exception",
    metadata: { namespace, name: "e" },
    spec: {
      decider: "posture",
      rule: "everything-fails",
      subject: { kind: "ClusterRole", name: "ops:all" },
      reason: "r",
      author: "ann",
      expires: "2026-11-22T00:00:00Z",
      ...spec,
    },
  }) as KubeObject;
const evaluate = (...objects: KubeObject[]): Evaluation =>
  new Evaluation({
    objects: new ObjectSet([role, shop, ...objects]),
    controls: [everything],
    settings: { defaults: "bulkhead", podSecurityDefault: "restricted", network: { nodeIps: [], closed: [] } },
    now,
  });
const accepted = (of: Evaluation): string[] =>
  of
    .findings()
    .flatMap((finding) => (finding.outcome === "accepted" ? [`${finding.object.name} ${finding.breach?.field}`] : []));

test("what is in no namespace is accepted from kube-system, whole or one place of it, until it ends", () => {
  expect(accepted(evaluate(exception("kube-system", {})))).toEqual(["ops:all rules[0]", "ops:all rules[1]"]);
  const one = evaluate(exception("kube-system", { value: "second" }));
  expect(accepted(one)).toEqual(["ops:all rules[1]"]);
  const { findings } = postureReport(one);
  expect(findings.find(({ outcome }) => outcome === "accepted")?.accepted).toMatchObject({
    exception: "kube-system/e",
    author: "ann",
  });
  one.tick(Date.parse("2026-11-22T00:00:00Z"));
  expect(accepted(one)).toEqual([]);
});

test("and from nowhere else", () => {
  expect(accepted(evaluate(exception("shop", {})))).toEqual([]);
  const subject = { kind: "Namespace", name: "shop" } as const;
  expect(accepted(evaluate(exception("shop", { subject })))).toEqual([]);
  expect(accepted(evaluate(exception("kube-system", { subject })))).toEqual(["shop rules[0]", "shop rules[1]"]);
});

test("a finding prints the command that accepts it", () => {
  const commands = postureReport(evaluate()).findings.map(({ command }) => command);
  expect(commands).toContain(
    'bulkhead allow posture everything-fails --for clusterrole/ops:all --value second --reason "…"',
  );
  expect(commands).toContain(
    "bulkhead allow posture everything-fails --for namespace/shop --value 'rules[0]' --reason \"…\"",
  );
});

test("every kind in no namespace that controls look at can be excepted, but a control itself", () => {
  const wide = Object.values(kinds as Readonly<Record<string, Kind>>)
    .filter(({ namespaced }) => !namespaced)
    .map(({ key }) => key.slice(key.indexOf("/") + 1));
  expect([...exceptionClusterKinds, "Namespace", "PostureControl"].toSorted()).toEqual(wide.toSorted());
});
