import type { CronJob, DaemonSet, Event, Pod, StatefulSet, UpdateRollout } from "@bulkhead/api";
import { expect, test } from "vitest";
import { makePod } from "../test-objects.ts";
import { rolloutOf, toPutAside } from "./rollout-of.ts";
import { planRollout, type RolloutPlan } from "./rollout-plan.ts";
import { heldUp, type Kinded, replicasOf, templateIn, withImage } from "./workload.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const at = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");
const digest = `sha256:${"2".repeat(64)}`;
const [before, after] = ["r.example/web:1", `r.example/web:2@${digest}`];
const pinned = `${before}@sha256:${"1".repeat(64)}`;
const selector = { matchLabels: { app: "a" } };
const template = (image: string) => ({
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "c", image }] },
});

const rollout = (workload: Kinded, phase: UpdateRollout["phase"], more: Partial<UpdateRollout> = {}): UpdateRollout => {
  const strategy = toPutAside(workload);
  return {
    kind: workload.kind,
    name: "w",
    uid: "w",
    container: "c",
    from: { image: before, restore: before },
    to: { image: after, tag: "2", digest, firstSeen: at(now) },
    phase,
    since: at(now - 60_000),
    started: at(now - 60_000),
    ...(strategy === undefined ? {} : { strategy }),
    ...more,
  };
};

const pod = (name: string, image: string, ready = true): Pod => {
  const made = makePod({ name, ready, readySince: at(now - 90_000), created: at(now - 120_000) });
  return {
    ...made,
    metadata: { ...made.metadata, uid: `${name} ${image}` },
    spec: { containers: [{ name: "c", image }] },
  };
};
const going = (one: Pod): Pod => ({ ...one, metadata: { ...one.metadata, deletionTimestamp: at(now) } });

const plan = (
  workload: Kinded,
  of: UpdateRollout,
  pods: readonly Pod[],
  warnings: readonly Event[] = [],
): RolloutPlan =>
  planRollout({
    rollout: of,
    workload: rolloutOf(of, workload, { replicaSets: [], pods: new Map([["w", pods]]) }),
    warnings,
    soak: 600_000,
    now,
  });

/** As an API server that serves the kind answers: defaults filled in, status as its controller writes it. */
const statefulSet = (
  image: string,
  more: { replicas?: number; partition?: number; type?: string; status?: Partial<StatefulSet["status"]> } = {},
): Kinded => ({
  kind: "StatefulSet",
  object: {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "w", namespace: "n", uid: "w", generation: 3 },
    spec: {
      replicas: more.replicas ?? 3,
      selector,
      serviceName: "w",
      podManagementPolicy: "OrderedReady",
      template: template(image),
      updateStrategy: { type: more.type ?? "RollingUpdate", rollingUpdate: { partition: more.partition ?? 0 } },
    },
    status: {
      replicas: 3,
      observedGeneration: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      updatedReplicas: 1,
      currentRevision: "w-1",
      updateRevision: "w-2",
      ...more.status,
    },
  },
});
const first = [pod("w-0", pinned), pod("w-1", pinned), pod("w-2", after)];

test("a StatefulSet's highest ordinal goes first, behind a partition that is set before the image", () => {
  const workload = statefulSet(before, { status: { updateRevision: "w-1" } });
  expect(toPutAside(workload)).toEqual({ partition: 0 });
  const begun = plan(workload, rollout(workload, "FirstReplica"), [pod("w-2", pinned)]);
  expect(begun.steps).toEqual([
    { kind: "stage", spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } } },
    { kind: "set-image", image: after },
  ]);
  const held = statefulSet(after, { partition: 2 });
  const of = { strategy: { partition: 0 } };
  // The old pods are ready, and none of them stands for the new one.
  const none = plan(held, rollout(held, "FirstReplica", of), [pod("w-0", pinned), pod("w-1", pinned)]);
  expect([none.next?.phase, none.steps]).toEqual(["FirstReplica", []]);
  expect(plan(held, rollout(held, "FirstReplica", of), first)).toMatchObject({
    steps: [],
    next: { phase: "FirstSoak" },
  });
  expect(plan(held, rollout(held, "Everywhere", of), first).steps).toEqual([
    { kind: "unstage", restore: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
  ]);
});

test("it is everywhere once its controller says that all are of one revision, and available", () => {
  const of = { strategy: { partition: 0 } };
  const all = { updatedReplicas: 3, currentRevision: "w-2" };
  for (const [status, phase] of [
    [{ updatedReplicas: 3 }, "Everywhere"],
    [{ ...all, observedGeneration: 2 }, "Everywhere"],
    [{ ...all, availableReplicas: 2 }, "Everywhere"],
    [all, "LastSoak"],
  ] as const) {
    const workload = statefulSet(after, { status });
    expect(plan(workload, rollout(workload, "Everywhere", of), first).next?.phase, JSON.stringify(status)).toBe(phase);
  }
  const done = statefulSet(after, { status: all });
  expect(plan(done, rollout(done, "Finishing", of), first)).toMatchObject({
    record: { outcome: "Finished" },
    steps: [],
  });
});

test("taken back, a StatefulSet's broken pod is deleted, since its controller waits for it in vain; no other is", () => {
  const of = { strategy: { partition: 0 }, failure: "it crashed" };
  const broken = [pod("w-0", pinned), pod("w-1", pinned, false), pod("w-2", after, false)];
  const held = statefulSet(after, { partition: 2 });
  const set = plan(held, rollout(held, "RollingBack", of), broken);
  expect(set.steps).toMatchObject([{ kind: "set-image", image: before }, { kind: "unstage" }]);
  const back = statefulSet(before, { status: { updatedReplicas: 2, updateRevision: "w-1" } });
  expect(plan(back, rollout(back, "RollingBack", of), broken).steps).toEqual([
    { kind: "delete-pod", name: "w-2", uid: `w-2 ${after}` },
  ]);
  expect(
    plan(back, rollout(back, "RollingBack", of), [...broken.slice(0, 2), going(pod("w-2", after, false))]).steps,
  ).toEqual([]);
  const whole = statefulSet(before, { status: { updatedReplicas: 3, updateRevision: "w-1" } });
  expect(plan(whole, rollout(whole, "RollingBack", of), [pod("w-2", pinned)])).toMatchObject({
    record: { outcome: "RolledBack", message: "it crashed" },
  });
});

test("an old pod's complaint is not the new one's that bears its name", () => {
  const held = statefulSet(after, { partition: 2 });
  const warning = (uid: string): Event => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e", namespace: "n" },
    involvedObject: { kind: "Pod", namespace: "n", name: "w-2", uid },
    type: "Warning",
    reason: "ConnectionRefused",
    lastTimestamp: at(now - 1_000),
  });
  const soak = rollout(held, "FirstSoak", { strategy: { partition: 0 } });
  expect(plan(held, soak, first, [warning("gone")]).next?.phase).toBe("FirstSoak");
  expect(plan(held, soak, first, [warning(`w-2 ${after}`)]).failed).toContain("ConnectionRefused");
});

const daemonSet = (
  image: string,
  more: { type?: string; desired?: number; bounds?: object; status?: Partial<DaemonSet["status"]> } = {},
): Kinded => ({
  kind: "DaemonSet",
  object: {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "w", namespace: "n", uid: "w", generation: 2 },
    spec: {
      selector,
      template: template(image),
      updateStrategy: {
        type: more.type ?? "RollingUpdate",
        ...(more.type === "OnDelete" ? {} : { rollingUpdate: { maxSurge: 0, maxUnavailable: "30%", ...more.bounds } }),
      },
    },
    status: {
      currentNumberScheduled: 3,
      desiredNumberScheduled: more.desired ?? 3,
      numberMisscheduled: 0,
      numberReady: 3,
      numberAvailable: 3,
      observedGeneration: 2,
      updatedNumberScheduled: 0,
      ...more.status,
    },
  } as DaemonSet,
});
const aside = { strategy: { maxSurge: "0", maxUnavailable: "30%" } };
const nodes = [pod("w-b", pinned), pod("w-a", pinned), pod("w-c", pinned)];

test("a DaemonSet goes on one node first: nothing rolls while its strategy is OnDelete, and one pod is deleted", () => {
  const workload = daemonSet(before);
  expect(toPutAside(workload)).toEqual(aside.strategy);
  expect(plan(workload, rollout(workload, "FirstReplica"), nodes).steps).toEqual([
    { kind: "stage", spec: { updateStrategy: { type: "OnDelete" } } },
    { kind: "set-image", image: after },
  ]);
  const held = daemonSet(after, { type: "OnDelete" });
  const of = rollout(held, "FirstReplica", aside);
  expect(plan(held, of, nodes).steps).toEqual([{ kind: "delete-pod", name: "w-a", uid: `w-a ${pinned}` }]);
  // Which one serves nobody is the first.
  const lame = nodes.map((one, i) => (i === 2 ? pod("w-c", pinned, false) : one));
  expect(plan(held, of, lame).steps).toMatchObject([{ name: "w-c" }]);
  // No second one: while it goes, while its node has none, while the new one starts.
  const [b, a, c] = nodes as [Pod, Pod, Pod];
  for (const pods of [
    [b, going(a), c],
    [b, c],
    [b, c, pod("w-d", after, false)],
  ])
    expect(plan(held, of, pods)).toMatchObject({ steps: [], next: { phase: "FirstReplica" } });
  // Its controller has not seen the template: the pod would come back as it was.
  const unseen = daemonSet(after, { type: "OnDelete", status: { observedGeneration: 1 } });
  expect(plan(unseen, of, nodes).steps).toEqual([]);
  const arrived = [b, c, pod("w-d", after)];
  expect(plan(held, of, arrived)).toMatchObject({ steps: [], next: { phase: "FirstSoak" } });
  const put = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: "30%" } } };
  expect(plan(held, rollout(held, "Everywhere", aside), arrived).steps).toEqual([{ kind: "unstage", restore: put }]);
  expect(plan(held, rollout(held, "RollingBack", aside), arrived).steps).toEqual([
    { kind: "set-image", image: before },
    { kind: "unstage", restore: put },
  ]);
  const done = daemonSet(after, { status: { updatedNumberScheduled: 3 } });
  expect(plan(done, rollout(done, "Everywhere", aside), arrived).next?.phase).toBe("LastSoak");
});

test("one pod alone has nothing that could wait for it, and is not staged", () => {
  for (const workload of [daemonSet(before, { desired: 1 }), statefulSet(before, { replicas: 1 })]) {
    expect(toPutAside(workload)).toBeUndefined();
    expect(plan(workload, rollout(workload, "FirstReplica"), [pod("w-0", pinned)]).steps).toEqual([
      { kind: "set-image", image: after },
    ]);
    const set = withImage(workload, "c", after);
    expect(plan(set, rollout(set, "FirstReplica"), [pod("w-0", pinned)]).next?.phase).toBe("FirstReplica");
    expect(plan(set, rollout(set, "FirstReplica"), [pod("w-0", after)]).next?.phase).toBe("Everywhere");
  }
});

const cronJob = (image: string, suspend = false): Kinded => ({
  kind: "CronJob",
  object: {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "w", namespace: "n", uid: "w", generation: 1 },
    spec: { schedule: "@daily", suspend, jobTemplate: { spec: { template: template(image) } } },
  } as CronJob,
});

test("a CronJob's next run has it: nothing is staged, and that nothing is proven is said", () => {
  const workload = cronJob(before);
  expect(plan(workload, rollout(workload, "FirstReplica"), []).steps).toEqual([{ kind: "set-image", image: after }]);
  const set = withImage(workload, "c", after);
  expect(templateIn(set)?.spec?.containers[0]?.image).toBe(after);
  expect(plan(set, rollout(set, "FirstReplica"), []).next?.phase).toBe("Everywhere");
  expect(plan(set, rollout(set, "Everywhere"), []).next?.phase).toBe("Finishing");
  expect(plan(set, rollout(set, "Finishing"), [])).toMatchObject({
    record: {
      workload: "CronJob/w",
      outcome: "Finished",
      message: expect.stringContaining("nothing is proven") as string,
    },
  });
});

test("what no new template would reach is said before anything is set", () => {
  expect(heldUp(statefulSet(before))).toBeUndefined();
  expect(heldUp(statefulSet(before, { partition: 2 }))).toContain("partition is 2");
  for (const workload of [statefulSet(before, { type: "OnDelete" }), daemonSet(before, { type: "OnDelete" })])
    expect(heldUp(workload)).toContain("OnDelete");
  expect(heldUp(daemonSet(before))).toBeUndefined();
  expect(heldUp(cronJob(before, true))).toBe("it is suspended");
  expect([statefulSet(before), daemonSet(before, { desired: 0 }), cronJob(before)].map(replicasOf)).toEqual([3, 0, 1]);
});
