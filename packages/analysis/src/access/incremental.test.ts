import type { KubeObject } from "@bulkhead/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { identitiesControls } from "../posture/controls/identities.ts";
import { Evaluation } from "../posture/evaluate.ts";
import { kindKeyOf, kinds } from "../snapshot/kinds.ts";
import { type Change, ObjectSet } from "../snapshot/object-set.ts";

const rbac = "rbac.authorization.k8s.io";
const settings = {
  defaults: "bulkhead",
  podSecurityDefault: "restricted",
  network: { nodeIps: [], closed: [] },
} as const;

const namespace = fc.constantFrom("shop", "kube-system", undefined);
const name = fc.constantFrom("a", "b");
const rules = fc.subarray([
  { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
  { apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] },
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["patch"] },
]);
const metadata = fc.record({ name, namespace, gather: fc.boolean() }).map(({ gather, namespace: place, ...rest }) => ({
  ...rest,
  ...(place === undefined ? {} : { namespace: place }),
  ...(gather ? { labels: { gather: "true" } } : {}),
}));

const role = fc.record({ metadata, rules, gathers: fc.boolean() }).map(({ gathers, ...rest }) => ({
  apiVersion: `${rbac}/v1`,
  kind: rest.metadata.namespace === undefined ? "ClusterRole" : "Role",
  ...rest,
  ...(gathers && rest.metadata.namespace === undefined
    ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { gather: "true" } }] } }
    : {}),
}));
const subject = fc.oneof(
  fc.record({ kind: fc.constant("ServiceAccount"), name, namespace: fc.constantFrom("shop", "ops") }),
  fc.record({ kind: fc.constant("Group"), name: fc.constantFrom("system:serviceaccounts:shop", "people") }),
);
const binding = fc
  .record({ metadata, roleKind: fc.constantFrom("Role", "ClusterRole"), role: name, subjects: fc.array(subject) })
  .map(({ roleKind, role: roleName, ...rest }) => ({
    apiVersion: `${rbac}/v1`,
    kind: rest.metadata.namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
    roleRef: { apiGroup: rbac, kind: rest.metadata.namespace === undefined ? "ClusterRole" : roleKind, name: roleName },
    ...rest,
  }));
const account = fc.record({ name, namespace: fc.constantFrom("shop", "ops") }).map((meta) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: meta,
}));
const object = fc.oneof(role, binding, account) as fc.Arbitrary<KubeObject>;

const change = fc.record({ object, gone: fc.boolean() }).map(
  ({ object: one, gone }): Change => ({
    kind: kindKeyOf(one),
    namespace: one.metadata.namespace ?? "",
    name: one.metadata.name ?? "",
    ...(gone ? {} : { object: one }),
  }),
);

const evaluationOf = (objects: ObjectSet): Evaluation =>
  new Evaluation({ objects, controls: identitiesControls, settings, now: 0 });
const said = (evaluation: Evaluation): string[] =>
  evaluation
    .findings()
    .map(({ id, outcome, breach, why }) => JSON.stringify([id, outcome, breach, why]))
    .toSorted();

test("answers kept true through changes are those of a fresh look", () => {
  fc.assert(
    fc.property(fc.array(object, { maxLength: 8 }), fc.array(change, { maxLength: 8 }), (objects, changes) => {
      const evaluation = evaluationOf(new ObjectSet(objects));
      for (const one of changes) evaluation.apply([one]);
      expect(said(evaluation)).toEqual(said(evaluationOf(evaluation.objects.copy())));
    }),
    { numRuns: 150 },
  );
});

test("the order of objects never matters", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(object, { maxLength: 8, selector: ({ kind, metadata: m }) => `${kind} ${m.namespace}/${m.name}` }),
      (objects) => {
        expect(said(evaluationOf(new ObjectSet(objects)))).toEqual(
          said(evaluationOf(new ObjectSet(objects.toReversed()))),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test("a binding that goes takes only what it gave with it", () => {
  const given = (grant: KubeObject | undefined) =>
    evaluationOf(
      new ObjectSet([
        {
          apiVersion: `${rbac}/v1`,
          kind: "ClusterRole",
          metadata: { name: "a" },
          rules: [{ apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }],
        } as KubeObject,
        ...(grant === undefined ? [] : [grant]),
      ]),
    );
  const grant = {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "a" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "a" },
    subjects: [{ kind: "User", name: "ann" }],
  } as unknown as KubeObject;
  const evaluation = given(grant);
  const delta = evaluation.apply([{ kind: kinds.clusterRoleBinding.key, namespace: "", name: "a" }]);
  expect(delta.gone.map(({ control }) => control.id)).toEqual(["access-node-proxy"]);
  expect(delta.appeared.map(({ control }) => control.id)).toEqual(["access-dormant-powers"]);
});
