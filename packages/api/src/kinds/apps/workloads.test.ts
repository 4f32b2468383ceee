import { describe, expect, test } from "vitest";
import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../generated/types.ts";
import { makeContainer } from "../pod/make-pod.ts";
import { deploymentRow } from "./deployment.ts";
import { replicaSetRow } from "./replica-set.ts";

const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: (): string => "bcdfg" };
const selector = { matchLabels: { app: "web" } };
const template = (parts: Partial<PodTemplateSpec["spec"]> = {}): PodTemplateSpec => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [makeContainer()], ...parts },
});

function makeDeployment(spec: Partial<Deployment["spec"]> = {}): Deployment {
  const deployment: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "n", generation: 1 },
    spec: { selector, template: template(), ...spec },
  };
  deploymentRow.defaults(deployment);
  return deployment;
}

function makeReplicaSet(spec: Partial<ReplicaSet["spec"]> = {}): ReplicaSet {
  const replicaSet: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "n", generation: 1 },
    spec: { selector, template: template(), ...spec },
  };
  replicaSetRow.defaults(replicaSet);
  return replicaSet;
}

const texts = (errors: readonly { readonly field: string; readonly message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

describe("rolling updates", () => {
  const rolling = (maxUnavailable: number | string, maxSurge: number | string): string[] =>
    texts(
      deploymentRow.validateCreate(
        makeDeployment({ strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } } }),
      ),
    );

  test("move by a quarter unless said", () => {
    expect(makeDeployment().spec?.strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" },
    });
    expect(rolling("25%", "25%")).toEqual([]);
  });

  test("must be able to move at all", () => {
    expect(rolling(0, 0).join()).toContain("may not be 0 when `maxSurge` is 0");
    expect(rolling("0%", 1)).toEqual([]);
    expect(rolling("101%", 0)).not.toEqual([]);
    expect(rolling(-1, 1)).not.toEqual([]);
  });

  test("are not for a strategy that ends all pods first", () => {
    const strategy = { type: "Recreate", rollingUpdate: {} };
    expect(texts(deploymentRow.validateCreate(makeDeployment({ strategy }))).join()).toContain(
      "may not be specified when strategy `type` is 'Recreate'",
    );
  });
});

describe.each([
  ["Deployment", deploymentRow, makeDeployment],
  ["ReplicaSet", replicaSetRow, makeReplicaSet],
] as const)("%s", (_kind, row, make) => {
  const any = row as unknown as typeof deploymentRow;
  const made = make as unknown as typeof makeDeployment;

  test("selects the pods it makes", () => {
    expect(any.validateCreate(made())).toEqual([]);
    const other = made({ selector: { matchLabels: { app: "other" } } });
    expect(texts(any.validateCreate(other))).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
    expect(texts(any.validateCreate(made({ selector: {} }))).join()).toContain("empty selector is invalid");
  });

  test("does not change what it selects", () => {
    const template2 = { ...template(), metadata: { labels: { app: "web", tier: "a" } } };
    const next = made({ selector: { matchLabels: { app: "web", tier: "a" } }, template: template2 });
    expect(texts(any.validateUpdate(next, made()))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"a"}}: field is immutable',
    ]);
    const inherited = made({ selector: { matchLabels: { app: "web", constructor: "a" } } });
    expect(texts(any.validateUpdate(inherited, made())).join()).toContain("field is immutable");
  });

  test("makes pods that run for ever", () => {
    const once = made({ template: template({ restartPolicy: "Never" }) });
    expect(texts(any.validateCreate(once))).toEqual([
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ]);
  });

  test("begins with no status, and counts wishes only", () => {
    const created = made();
    created.status = { replicas: 5 };
    any.prepareCreate(created, facts);
    expect(created.status.replicas ?? 0).toBe(0);
    const next = made({ replicas: 2 });
    next.status = { replicas: 9 };
    any.prepareUpdate(next, made(), facts);
    expect(next.metadata.generation).toBe(2);
    expect(next.status).toEqual(made().status);
    const same = made();
    same.metadata.labels = { a: "b" };
    any.prepareUpdate(same, made(), facts);
    expect(same.metadata.generation).toBe(1);
  });

  test("says of its status nothing that cannot be", () => {
    const next = made();
    next.status = { replicas: 1, readyReplicas: 2, availableReplicas: 3 };
    expect(texts(any.subresources["status"]?.validateUpdate(next, made()) ?? []).join()).toContain(
      "cannot be greater than status.replicas",
    );
  });

  test("is scaled by what it selects", () => {
    expect(any.scale?.specReplicasPath).toBe(".spec.replicas");
    expect(any.scale?.selector(made())).toBe("app=web");
  });
});

test("a Deployment counts its annotations too, which its controller hands on", () => {
  const next = makeDeployment();
  next.metadata.annotations = { a: "b" };
  deploymentRow.prepareUpdate(next, makeDeployment(), facts);
  expect(next.metadata.generation).toBe(2);
});
