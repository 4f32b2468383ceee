import type { Deployment, Pod, ReplicaSet } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeDeployment } from "../test-objects.ts";
import { revisionOf } from "./annotations.ts";
import { maxSurge, maxUnavailable, totalWanted, wanted } from "./bounds.ts";
import { condition } from "./conditions.ts";
import { planDeployment } from "./plan.ts";

/** A cluster of one Deployment, in which ReplicaSets come to be as they are wanted, a little at a time. */
class Model {
  deployment: Deployment;
  sets: ReplicaSet[] = [];
  events: string[] = [];
  now = Date.parse("2026-01-01T00:00:00Z");
  broken = new Set<string>();
  #created = 0;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  /** One turn of the controller; answers whether it did anything. */
  turn(pods = new Map<string, Pod[]>()): boolean {
    const plan = planDeployment({ deployment: this.deployment, replicaSets: this.sets, pods, now: this.now });
    for (const step of plan.steps) {
      switch (step.kind) {
        case "create": {
          const at = new Date(this.now + ++this.#created * 1000).toISOString();
          const uid = `set-${this.#created}`;
          this.sets.push({
            ...step.replicaSet,
            metadata: { ...step.replicaSet.metadata, uid, generation: 1, creationTimestamp: at },
            status: { replicas: 0 },
          });
          break;
        }
        case "update":
          this.sets = this.sets.map((one) =>
            one.metadata.uid === step.replicaSet.metadata.uid ? step.replicaSet : one,
          );
          break;
        case "delete":
          this.sets = this.sets.filter((one) => one.metadata.uid !== step.replicaSet.metadata.uid);
      }
      if (step.kind !== "delete") this.events.push(...step.events);
    }
    if (plan.status !== undefined) this.deployment = plan.status;
    return plan.steps.length > 0 || plan.status !== undefined;
  }

  /** ReplicaSets follow their spec by at most `most` pods each; broken images never become available. */
  follow(most: number): boolean {
    let moved = false;
    this.sets = this.sets.map((one) => {
      const replicas = one.status?.replicas ?? 0;
      const next = replicas + Math.max(-most, Math.min(most, wanted(one) - replicas));
      const image = one.spec?.template?.spec?.containers[0]?.image ?? "";
      const availableReplicas = this.broken.has(image) ? 0 : next;
      const before = one.status?.availableReplicas ?? 0;
      const observedGeneration = one.metadata.generation ?? 1;
      moved ||=
        next !== replicas || before !== availableReplicas || one.status?.observedGeneration !== observedGeneration;
      return {
        ...one,
        status: { replicas: next, readyReplicas: availableReplicas, availableReplicas, observedGeneration },
      };
    });
    return moved;
  }

  settle(most = 1, watch: () => void = () => {}): void {
    for (let i = 0; i < 1_000; i++) {
      this.now += 100;
      const acted = this.turn();
      watch();
      const moved = this.follow(most);
      watch();
      if (!acted && !moved) return;
    }
    throw new Error("it never settled");
  }

  change(spec: Partial<NonNullable<Deployment["spec"]>>): void {
    const { metadata, spec: old } = this.deployment;
    if (old === undefined) throw new Error("no spec");
    this.deployment = {
      ...this.deployment,
      metadata: { ...metadata, generation: (metadata.generation ?? 1) + 1 },
      spec: { ...old, ...spec },
    };
  }

  image(image: string): void {
    this.change({ template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image }] } } });
  }

  get available(): number {
    return this.sets.reduce((total, one) => total + (one.status?.availableReplicas ?? 0), 0);
  }

  get pods(): number {
    return this.sets.reduce((total, one) => total + (one.status?.replicas ?? 0), 0);
  }
}

const bound = fc.oneof(
  fc.nat({ max: 6 }),
  fc.nat({ max: 100 }).map((percent) => `${percent}%`),
);

describe("deployment plan", () => {
  it("rolls out within its bounds and comes to an end, whatever surge and unavailable", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 12 }),
        bound,
        bound,
        fc.integer({ min: 1, max: 5 }),
        (replicas, surge, unavailable, speed) => {
          const model = new Model(
            makeDeployment(replicas, {
              strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
            }),
          );
          model.settle(speed);
          const most = replicas + maxSurge(model.deployment);
          const least = replicas - maxUnavailable(model.deployment);
          expect(model.available).toBe(replicas);
          model.image("x:2");
          model.settle(speed, () => {
            expect(model.pods).toBeLessThanOrEqual(most);
            expect(totalWanted(model.sets)).toBeLessThanOrEqual(most);
            expect(model.available).toBeGreaterThanOrEqual(least);
          });
          expect(model.sets.filter((one) => wanted(one) > 0)).toHaveLength(replicas === 0 ? 0 : 1);
          expect(condition(model.deployment.status, "Progressing")?.reason).toBe("NewReplicaSetAvailable");
        },
      ),
      { numRuns: 200 },
    );
  });

  it("never takes working pods below the bound for a template that does not work", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), bound, bound, (replicas, surge, unavailable) => {
        const model = new Model(
          makeDeployment(replicas, {
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
          }),
        );
        model.settle(3);
        model.broken.add("bad");
        model.image("bad");
        const least = replicas - maxUnavailable(model.deployment);
        model.settle(3, () => expect(model.available).toBeGreaterThanOrEqual(least));
        model.image("x:1");
        model.settle(3, () => expect(model.available).toBeGreaterThanOrEqual(least));
        expect(model.available).toBe(replicas);
      }),
      { numRuns: 100 },
    );
  });

  it("shares a scaling in the middle of a rollout among what runs", () => {
    const model = new Model(
      makeDeployment(10, { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }),
    );
    model.settle(10);
    model.broken.add("bad");
    model.image("bad");
    model.settle(10);
    expect(model.sets.map(wanted)).toEqual([8, 5]);
    model.change({ replicas: 15 });
    model.turn();
    expect(model.sets.map(wanted)).toEqual([11, 7]);
  });

  it("goes back to an old ReplicaSet, gives it a new revision and remembers the old one", () => {
    const model = new Model(makeDeployment(1));
    model.settle();
    model.image("x:2");
    model.settle();
    model.image("x:1");
    model.settle();
    expect(model.sets.map(revisionOf)).toEqual([3, 2]);
    expect(model.sets[0]?.metadata.annotations?.["deployment.kubernetes.io/revision-history"]).toBe("1");
    expect(revisionOf(model.deployment)).toBe(3);
  });

  it("keeps as many old ReplicaSets as asked, the newest", () => {
    const model = new Model(makeDeployment(1, { revisionHistoryLimit: 2 }));
    for (const image of ["x:1", "x:2", "x:3", "x:4", "x:5"]) {
      model.image(image);
      model.settle();
    }
    expect(model.sets.map(revisionOf)).toEqual([3, 4, 5]);
  });

  it("does not roll out while paused, but scales", () => {
    const model = new Model(makeDeployment(2));
    model.settle();
    model.change({ paused: true });
    model.image("x:2");
    model.change({ replicas: 3 });
    model.settle();
    expect(model.sets.map(wanted)).toEqual([3]);
    expect(condition(model.deployment.status, "Progressing")).toMatchObject({
      reason: "DeploymentPaused",
      status: "Unknown",
    });
    model.change({ paused: false });
    model.settle();
    expect(model.sets.map(wanted)).toEqual([0, 3]);
  });

  it("recreates only when the last old pod has gone", () => {
    const model = new Model(makeDeployment(2, { strategy: { type: "Recreate" } }));
    model.settle(2);
    model.image("x:2");
    model.turn();
    model.follow(2);
    const old = model.sets[0]?.metadata.uid ?? "";
    const lingering = new Map([
      [old, [{ apiVersion: "v1", kind: "Pod", metadata: {}, status: { phase: "Running" } } satisfies Pod]],
    ]);
    model.turn(lingering);
    model.turn(lingering);
    expect(model.sets.map(wanted)).toEqual([0]);
    model.settle(2);
    expect(model.sets.map(wanted)).toEqual([0, 2]);
  });

  it("says when the deadline has passed, asks to be looked at then, and recovers", () => {
    const model = new Model(makeDeployment(1, { progressDeadlineSeconds: 10 }));
    model.broken.add("x:1");
    model.settle();
    const plan = planDeployment({
      deployment: model.deployment,
      replicaSets: model.sets,
      pods: new Map(),
      now: model.now,
    });
    expect(plan.again).toBeGreaterThan(1_000);
    model.now += plan.again ?? 0;
    model.turn();
    expect(condition(model.deployment.status, "Progressing")).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
    });
    model.broken.clear();
    model.settle();
    expect(condition(model.deployment.status, "Progressing")).toMatchObject({
      status: "True",
      reason: "NewReplicaSetAvailable",
    });
  });

  it("does nothing but count once it is being deleted, and leaves its input alone", () => {
    const model = new Model(makeDeployment(2));
    model.settle();
    const deployment = {
      ...model.deployment,
      metadata: { ...model.deployment.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    };
    const before = JSON.stringify([deployment, model.sets]);
    const changed = { ...deployment, spec: { ...deployment.spec, replicas: 5 } } as Deployment;
    expect(planDeployment({ deployment: changed, replicaSets: model.sets, pods: new Map(), now: 0 }).steps).toEqual([]);
    expect(JSON.stringify([deployment, model.sets])).toBe(before);
  });

  it("keeps conditions that are not its own", () => {
    const foreign = { type: "Admissible", status: "False", reason: "TemplateRefused", message: "m" };
    const model = new Model({ ...makeDeployment(1), status: { conditions: [foreign] } });
    model.settle();
    expect(model.deployment.status?.conditions).toContainEqual(foreign);
  });
});
