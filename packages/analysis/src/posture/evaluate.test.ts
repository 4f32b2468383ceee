import type { KubeObject } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kindKeyOf, kinds } from "../snapshot/kinds.ts";
import { type Change, ObjectSet } from "../snapshot/object-set.ts";
import { atOnce, type Steps } from "../snapshot/steps.ts";
import { controls } from "./controls/index.ts";
import { workloadPrivileged } from "./controls/workload-privileged/control.ts";
import { Evaluation, type EvaluationOptions } from "./evaluate.ts";
import { applyEdits } from "./fix/edit.ts";
import { bestChanges, tryingBestChanges } from "./rank/best-changes.ts";
import { rank } from "./rank/rank.ts";
import { riskSummary } from "./rank/summary.ts";

const settings = {
  defaults: "kubernetes",
  podSecurityDefault: "privileged",
  network: { nodeIps: ["192.0.2.1"], closed: [] },
} as const;
const now = Date.parse("2026-11-21T00:00:00Z");

const evaluate = (objects: Iterable<KubeObject>, asked = controls): Evaluation =>
  new Evaluation({ objects: new ObjectSet(objects), controls: asked, settings, now });

const namespaces = ["a", "b"];
const names = ["x", "y"];
const rbac = "rbac.authorization.k8s.io";

const name = fc.constantFrom(...names);
const namespace = fc.constantFrom(...namespaces);
const labels = fc.constantFrom({ app: "x" }, { app: "y" }, { app: "x", tier: "front" });
const yes = fc.boolean();

const podSpec = fc
  .record({
    privileged: yes,
    hostNetwork: yes,
    hostPath: yes,
    account: name,
    secret: yes,
    port: fc.constantFrom(80, 8080),
    token: yes,
  })
  .map(({ privileged, hostNetwork, hostPath, account, secret, port, token }) => ({
    ...(hostNetwork ? { hostNetwork } : {}),
    serviceAccountName: account,
    automountServiceAccountToken: token,
    volumes: hostPath ? [{ name: "host", hostPath: { path: "/var/run" } }] : [],
    containers: [
      {
        name: "main",
        image: "registry.example/main:1",
        ports: [{ name: "http", containerPort: port }],
        securityContext: { privileged },
        env: secret ? [{ name: "T", valueFrom: { secretKeyRef: { name: "x", key: "token" } } }] : [],
      },
    ],
  }));

/** An object of a kind, with what is told of it beside its name. */
const object = (
  apiVersion: string,
  kind: string,
  more: fc.Arbitrary<object>,
  place: fc.Arbitrary<string | undefined> = namespace,
): fc.Arbitrary<KubeObject> =>
  fc.tuple(name, place, labels, more).map(
    ([own, where, tagged, rest]) =>
      ({
        apiVersion,
        kind,
        metadata: { name: own, ...(where === undefined ? {} : { namespace: where }), labels: tagged },
        ...rest,
      }) as KubeObject,
  );
const cluster = fc.constant(undefined);

const subjects = fc
  .tuple(name, namespace)
  .map(([account, where]) => [{ kind: "ServiceAccount", name: account, namespace: where }]);
const rules = fc.subarray(
  [
    { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] },
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] },
  ],
  { minLength: 1 },
);

const anyObject: fc.Arbitrary<KubeObject> = fc.oneof(
  fc.tuple(namespace, fc.constantFrom("privileged", "baseline", "restricted")).map(
    ([own, level]): KubeObject => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: own, labels: { "pod-security.kubernetes.io/enforce": level } },
    }),
  ),
  object(
    "apps/v1",
    "Deployment",
    fc.tuple(labels, podSpec).map(([tagged, spec]) => ({
      spec: { replicas: 1, selector: { matchLabels: tagged }, template: { metadata: { labels: tagged }, spec } },
    })),
  ),
  fc
    .tuple(
      object(
        "v1",
        "Pod",
        podSpec.map((spec) => ({ spec })),
      ),
      yes,
      name,
      fc.nat(3),
    )
    .map(
      ([pod, owned, owner, ip]): KubeObject =>
        ({
          ...pod,
          metadata: {
            ...pod.metadata,
            ...(owned
              ? {
                  ownerReferences: [
                    { apiVersion: "apps/v1", kind: "Deployment", name: owner, uid: "u", controller: true },
                  ],
                }
              : {}),
          },
          status: { podIPs: [{ ip: `10.0.0.${ip}` }] },
        }) as KubeObject,
    ),
  object(
    "v1",
    "Service",
    fc.tuple(labels, fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer")).map(([selector, type]) => ({
      spec: { type, selector, ports: [{ port: 80, targetPort: "http" }] },
    })),
  ),
  object(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    fc.tuple(fc.option(labels, { nil: {} }), yes, yes).map(([matchLabels, egress, elsewhere]) => ({
      spec: {
        podSelector: { matchLabels },
        policyTypes: egress ? ["Ingress", "Egress"] : ["Ingress"],
        ...(elsewhere ? { ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 8080 }] }] } : {}),
      },
    })),
  ),
  object(
    "networking.k8s.io/v1",
    "Ingress",
    name.map((service) => ({
      spec: {
        rules: [
          {
            http: {
              paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: service, port: { number: 80 } } } }],
            },
          },
        ],
      },
    })),
  ),
  object(
    "v1",
    "ServiceAccount",
    yes.map((automountServiceAccountToken) => ({ automountServiceAccountToken })),
  ),
  object("v1", "Secret", fc.constant({ type: "Opaque", data: { token: "" } })),
  object(
    "v1",
    "ConfigMap",
    yes.map((bad) => ({ data: bad ? { password: "correct horse battery" } : {} })),
  ),
  object(
    `${rbac}/v1`,
    "Role",
    rules.map((list) => ({ rules: list })),
  ),
  object(
    `${rbac}/v1`,
    "ClusterRole",
    rules.map((list) => ({ rules: list })),
    cluster,
  ),
  object(
    `${rbac}/v1`,
    "RoleBinding",
    fc.tuple(fc.constantFrom("Role", "ClusterRole"), name, subjects).map(([kind, role, list]) => ({
      roleRef: { apiGroup: rbac, kind, name: role },
      subjects: list,
    })),
  ),
  object(
    `${rbac}/v1`,
    "ClusterRoleBinding",
    fc.tuple(name, subjects).map(([role, list]) => ({
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
      subjects: list,
    })),
    cluster,
  ),
  fc
    .record({ digest: fc.constantFrom("1", "2"), place: namespace, critical: fc.nat(1), looked: yes, named: yes })
    .map(({ digest, place, critical, looked, named }) => {
      const whole = `sha256:${digest.repeat(64)}`;
      return {
        apiVersion: "security.bulkhead.dev/v1alpha1",
        kind: "ImageReport",
        metadata: { name: whole.replace(":", "-") },
        report: {
          digest: whole,
          images: [`registry.example/${named ? "main" : "other"}:1@${whole}`],
          namespaces: [place],
          scannedAt: "2026-11-20T00:00:00Z",
          sources: looked ? [{ name: "osv", records: 1, checkedAt: "2026-11-20T00:00:00Z" }] : [],
          blindSpots: [],
          counts: { critical, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0, exploited: 0, malicious: 0 },
          worst: { findings: [], endOfLife: [], misconfigurations: [], secrets: [] },
        },
      } as unknown as KubeObject;
    }),
  object(
    "security.bulkhead.dev/v1alpha1",
    "Exception",
    fc.tuple(namespace, fc.constantFrom("2026-11-20T00:00:00Z", "2026-11-21T12:00:00Z")).map(([own, expires]) => ({
      spec: {
        decider: "posture",
        rule: "workload-privileged",
        subject: { kind: "Namespace", name: own },
        reason: "a test",
        author: "alice",
        expires,
      },
    })),
  ),
);

const keyOf = (one: KubeObject): string =>
  `${kindKeyOf(one)}\n${one.metadata.namespace ?? ""}\n${one.metadata.name ?? ""}`;
/** At most one object of a name. */
const objects = fc
  .array(anyObject, { maxLength: 14 })
  .map((list) => [...new Map(list.map((o) => [keyOf(o), o])).values()]);

const changeOf = (one: KubeObject, gone: boolean): Change => ({
  kind: kindKeyOf(one),
  namespace: one.metadata.namespace ?? "",
  name: one.metadata.name ?? "",
  ...(gone ? {} : { object: one }),
});
const changes = fc.array(
  fc.array(
    fc.tuple(anyObject, yes).map(([one, gone]) => changeOf(one, gone)),
    { minLength: 1, maxLength: 3 },
  ),
  { maxLength: 5 },
);

/** All that an evaluation answers, in an order of its own. */
const answers = (evaluation: Evaluation): unknown => ({
  ranked: rank(evaluation).map(({ finding: { id, outcome, why, breach }, risk, factors }) => ({
    id,
    outcome,
    why,
    says: breach?.says,
    risk,
    factors: factors.map((factor) => [factor.name, factor.times, factor.because]),
  })),
  tallies: evaluation
    .tallies()
    .map(({ control, passed, failed, accepted, unknown, errors }) => [
      control.id,
      [passed, failed, accepted, unknown, errors],
    ]),
});

describe("for whatever objects", () => {
  test("answers kept true through changes are those of a fresh look", () => {
    fc.assert(
      fc.property(objects, changes, (start, turns) => {
        const evaluation = evaluate(start);
        rank(evaluation);
        for (const turn of turns) {
          const before = new Map(evaluation.findings().map((finding) => [finding.id, finding.outcome]));
          const delta = evaluation.apply(turn);
          for (const { id } of delta.gone) before.delete(id);
          for (const { id, outcome } of delta.appeared) before.set(id, outcome);
          expect(before).toEqual(new Map(evaluation.findings().map((finding) => [finding.id, finding.outcome])));
        }
        expect(answers(evaluation)).toEqual(answers(evaluate(evaluation.objects.all())));
      }),
      { numRuns: 60 },
    );
  });

  test("work that is put down after every step, and looked at meanwhile, comes to the same", () => {
    const looking = <T>(of: Evaluation, steps: Steps<T>): T => {
      for (let n = 0; ; n++) {
        const step = steps.next();
        if (step.done === true) return step.value;
        if (n % 64 === 0) for (const where of ["", ...namespaces]) of.inNamespace(where);
      }
    };
    const all = (set: ObjectSet): EvaluationOptions => ({ objects: set, controls, settings, now });
    fc.assert(
      fc.property(objects, changes, (start, turns) => {
        const sliced = atOnce(Evaluation.making(all(new ObjectSet(start))));
        const whole = evaluate(start);
        expect(answers(sliced)).toEqual(answers(whole));
        for (const turn of turns) {
          const { appeared, gone } = looking(sliced, sliced.applying(turn));
          const delta = whole.apply(turn);
          expect([appeared, gone].map((list) => list.map(({ id }) => id))).toEqual(
            [delta.appeared, delta.gone].map((list) => list.map(({ id }) => id)),
          );
        }
        looking(sliced, sliced.ticking(now + 1));
        whole.tick(now + 1);
        const before = answers(sliced);
        expect(before).toEqual(answers(whole));
        const best = looking(sliced, tryingBestChanges(sliced, 2));
        expect(best.map(({ after }) => after)).toEqual(bestChanges(whole, 2).map(({ after }) => after));
        expect(answers(sliced)).toEqual(before);
      }),
      { numRuns: 10 },
    );
  });

  test("the order in which they come never matters", () => {
    fc.assert(
      fc.property(
        objects.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(answers(evaluate(shuffled))).toEqual(answers(evaluate(list)));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a trial and a search for the best changes leave everything as it was", () => {
    fc.assert(
      fc.property(objects, changes, (start, turns) => {
        const evaluation = evaluate(start);
        const before = answers(evaluation);
        evaluation.trial(turns.flat(), () => undefined);
        expect(answers(evaluation)).toEqual(before);
        const best = bestChanges(evaluation, 2);
        expect(answers(evaluation)).toEqual(before);
        for (const change of best) expect(change.after).toBeLessThan(change.before);
        const [first] = best;
        if (first === undefined) return;
        expect(first.before).toBeCloseTo(riskSummary(evaluation).risk, 0);
        evaluation.apply(applyEdits(evaluation.objects, first.edits));
        expect(riskSummary(evaluation).risk).toBeCloseTo(first.after, 0);
      }),
      { numRuns: 15 },
    );
  });

  test("what moves the clock says as much as a fresh look at that time", () => {
    fc.assert(
      fc.property(objects, (list) => {
        const evaluation = evaluate(list);
        const later = Date.parse("2026-11-22T00:00:00Z");
        evaluation.tick(later);
        const fresh = new Evaluation({ objects: new ObjectSet(list), controls, settings, now: later });
        expect(answers(evaluation)).toEqual(answers(fresh));
      }),
      { numRuns: 20 },
    );
  });
});

const pod = (owner?: string, privileged = true): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "p",
      namespace: "a",
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: owner, uid: "u", controller: true }],
          }),
    },
    spec: { containers: [{ name: "main", image: "i", securityContext: { privileged } }] },
  }) as KubeObject;
const above: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d", namespace: "a" },
  spec: { template: { metadata: {}, spec: { containers: [{ name: "main", image: "i" }] } } },
} as KubeObject;

test("a pod is judged for itself once what controls it is gone, and not while it is there", () => {
  const evaluation = evaluate([pod("d"), above], [workloadPrivileged]);
  expect(evaluation.findings()).toEqual([]);
  const ref = { apiVersion: "v1", kind: "Pod", namespace: "a", name: "p" };
  expect(evaluation.outcomes(ref).map(({ outcome }) => outcome)).toEqual(["not-applicable"]);
  const { appeared } = evaluation.apply([changeOf(above, true)]);
  expect(appeared.map(({ object: { kind } }) => kind)).toEqual(["Pod"]);
  expect(evaluation.apply([changeOf(above, false)]).gone).toHaveLength(1);
});

test("of what happened to one object between two looks only the end counts", () => {
  const evaluation = evaluate([], [workloadPrivileged]);
  expect(evaluation.apply([changeOf(pod(), false), changeOf(pod(), true)])).toEqual({ appeared: [], gone: [] });
  expect(evaluation.apply([changeOf(pod(), true), changeOf(pod(), false)]).appeared).toHaveLength(1);
});

test("what a finding comes from removed removes it and nothing else", () => {
  const evaluation = evaluate([pod(), { ...pod(), metadata: { name: "q", namespace: "a" } }], [workloadPrivileged]);
  const { gone, appeared } = evaluation.apply([changeOf(pod(undefined, false), false)]);
  expect(gone.map((finding) => finding.object.name)).toEqual(["p"]);
  expect(appeared).toEqual([]);
  expect(evaluation.findings().map((finding) => finding.object.name)).toEqual(["q"]);
  expect(evaluation.objects.get(kinds.pod, "a", "p")).toBeDefined();
});
