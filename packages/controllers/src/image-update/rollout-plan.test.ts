import type { Deployment, Event, Pod, ReplicaSet, UpdateRollout } from "@bulkhead/api";
import { describe, expect, it } from "vitest";
import { makeDeployment, makePod, makeReplicaSet } from "../test-objects.ts";
import { deploymentRollout, strategyToPutAside } from "./deployment-rollout.ts";
import { planRollout, type RolloutFacts, statusAfter } from "./rollout-plan.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const at = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");
const digest = `sha256:${"2".repeat(64)}`;
const [before, after] = ["r.example/web:1", `r.example/web:2@${digest}`];

const rollout = (phase: UpdateRollout["phase"], more: Partial<UpdateRollout> = {}): UpdateRollout => ({
  kind: "Deployment",
  name: "d",
  uid: "deployment",
  container: "c",
  from: { image: before, restore: before },
  to: { image: after, tag: "2", digest, firstSeen: at(now), summary: "fixes CVE-1" },
  phase,
  since: at(now - 60_000),
  started: at(now - 60_000),
  ...more,
});

const deployment = (
  image: string,
  more: { paused?: boolean; strategy?: object; status?: Deployment["status"] } = {},
): Deployment => {
  const made = makeDeployment(3, {
    template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image }] } },
    ...(more.paused === undefined ? {} : { paused: more.paused }),
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, ...more.strategy },
  });
  return { ...made, status: { observedGeneration: 1, ...more.status } };
};

const replicaSet = (image: string, name: string, replicas: number, available = replicas): ReplicaSet => {
  const made = makeReplicaSet(replicas, { name, uid: name });
  return {
    ...made,
    spec: {
      ...made.spec,
      replicas,
      selector: {},
      template: { metadata: {}, spec: { containers: [{ name: "c", image }] } },
    },
    status: { replicas, availableReplicas: available },
  };
};

const pod = (
  name: string,
  ready: boolean,
  more: { restarts?: number; waiting?: string; readySince?: number } = {},
): Pod => {
  const made = makePod({ name, ready, readySince: at(more.readySince ?? now - 90_000), created: at(now - 120_000) });
  const state = more.waiting === undefined ? { running: {} } : { waiting: { reason: more.waiting } };
  return {
    ...made,
    status: {
      ...made.status,
      containerStatuses: [{ name: "c", image: after, imageID: "x", ready, restartCount: more.restarts ?? 0, state }],
    },
  };
};

const warning = (about: string, reason: string, when: number): Event => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: `${about}.${reason}`, namespace: "n" },
  involvedObject: { kind: "Pod", namespace: "n", name: about },
  type: "Warning",
  reason,
  message: "said",
  lastTimestamp: at(when),
});

interface Given extends Partial<Omit<RolloutFacts, "workload">> {
  readonly rollout: UpdateRollout;
  readonly deployment?: Deployment;
  readonly replicaSets?: readonly ReplicaSet[];
  readonly pods?: ReadonlyMap<string, readonly Pod[]>;
}

const facts = (given: Given): RolloutFacts => {
  const {
    deployment: one = deployment(after),
    replicaSets = [replicaSet(before, "old", 3), replicaSet(after, "new", 1)],
    pods = new Map([
      ["old", [pod("old-1", true)]],
      ["new", [pod("new-1", true)]],
    ]),
    ...more
  } = given;
  return {
    workload: deploymentRollout(given.rollout, one, replicaSets, pods),
    warnings: [],
    soak: 600_000,
    now,
    ...more,
  };
};

const steps = (given: Given): string[] =>
  planRollout(facts(given)).steps.map((step) =>
    step.kind === "stage" ? ["stage", ...Object.keys(step.spec)].join("+") : step.kind,
  );
const phase = (given: Given): string | undefined => planRollout(facts(given)).next?.phase;

describe("the first replica", () => {
  it("the stage is set before the image", () => {
    const given = {
      rollout: rollout("FirstReplica"),
      deployment: deployment(before),
      replicaSets: [],
      pods: new Map(),
    };
    expect(steps(given)).toEqual(["stage", "set-image"]);
    expect(
      steps({ ...given, rollout: rollout("FirstReplica", { strategy: { maxSurge: "25%", maxUnavailable: "25%" } }) }),
    ).toEqual(["stage+strategy", "set-image"]);
  });
  const coming = {
    replicaSets: [replicaSet(before, "old", 3), replicaSet(after, "new", 1, 0)],
    pods: new Map([["new", [pod("new-1", false)]]]),
  };
  it("the rest waits as soon as it is on its way, and is not told so twice", () => {
    expect(steps({ rollout: rollout("FirstReplica"), ...coming })).toEqual(["stage+paused"]);
    expect(
      steps({ rollout: rollout("FirstReplica"), ...coming, deployment: deployment(after, { paused: true }) }),
    ).toEqual([]);
  });
  it("soaks once it is available", () => {
    expect(phase({ rollout: rollout("FirstReplica") })).toBe("FirstSoak");
    expect(phase({ rollout: rollout("FirstReplica"), ...coming })).toBe("FirstReplica");
  });
  it("Recreate has no first replica", () => {
    const recreate = {
      ...deployment(after),
      spec: {
        ...makeDeployment(3).spec,
        strategy: { type: "Recreate" },
        selector: {},
        template: deployment(after).spec?.template ?? {},
      },
    } as Deployment;
    expect(phase({ rollout: rollout("FirstReplica"), deployment: recreate })).toBe("Everywhere");
    expect(steps({ rollout: rollout("FirstReplica"), deployment: recreate })).toEqual([]);
  });
  it("is given up at the Deployment's own deadline, with what is known of why", () => {
    const late = rollout("FirstReplica", { since: at(now - 601_000) });
    const plan = planRollout(
      facts({
        rollout: late,
        ...coming,
        pods: new Map([["new", [pod("new-1", false, { waiting: "ImagePullBackOff" })]]]),
      }),
    );
    expect(plan.next?.phase).toBe("RollingBack");
    expect(plan.failed).toMatch(/no new pod was ready within 600 seconds: ImagePullBackOff/);
  });
  it("a probe that fails while it starts is no fault", () => {
    expect(phase({ rollout: rollout("FirstReplica"), ...coming, warnings: [warning("new-1", "Unhealthy", now)] })).toBe(
      "FirstReplica",
    );
  });
});

describe("a soak", () => {
  const soaking = { deployment: deployment(after, { paused: true }) };
  it("takes half of the time, then the rest follows", () => {
    expect(phase({ rollout: rollout("FirstSoak"), ...soaking })).toBe("FirstSoak");
    expect(planRollout(facts({ rollout: rollout("FirstSoak", { since: at(now - 298_000) }), ...soaking })).again).toBe(
      2_000,
    );
    expect(phase({ rollout: rollout("FirstSoak", { since: at(now - 300_000) }), ...soaking })).toBe("Everywhere");
    expect(steps({ rollout: rollout("Everywhere"), ...soaking })).toEqual(["stage"]);
  });
  it.each<[string, Omit<Given, "rollout">, RegExp]>([
    ["a restart", { pods: new Map([["new", [pod("new-1", true, { restarts: 1 })]]]) }, /started anew/],
    [
      "a crash loop",
      { pods: new Map([["new", [pod("new-1", false, { waiting: "CrashLoopBackOff" })]]]) },
      /CrashLoopBackOff/,
    ],
    [
      "a probe that fails",
      { pods: new Map([["new", [pod("new-1", false, { readySince: now - 1_000 })]]]) },
      /no longer ready/,
    ],
    ["a new warning", { warnings: [warning("new-1", "ConnectionRefused", now - 1_000)] }, /ConnectionRefused: said/],
  ])("%s ends it", (_, more, why) => {
    for (const one of ["FirstSoak", "LastSoak"] as const) {
      const plan = planRollout(facts({ rollout: rollout(one), ...soaking, ...more }));
      expect(plan.next?.phase).toBe("RollingBack");
      expect(plan.failed).toMatch(why);
      expect(plan.next?.failure).toBe(plan.failed);
    }
  });
  it("an init container that was updated and starts anew ends it; one that runs to its end does not", () => {
    const init = (restartCount: number, state: object): Pod => {
      const made = pod("new-1", true);
      const status = { name: "migrate", image: after, imageID: "x", ready: true, restartCount, state };
      return { ...made, status: { ...made.status, initContainerStatuses: [status] } };
    };
    const template = {
      spec: {
        containers: [{ name: "c", image: "r.example/other:1" }],
        initContainers: [{ name: "migrate", image: after }],
      },
    };
    const given = (one: Pod): Given => ({
      rollout: rollout("FirstSoak", { container: "migrate" }),
      deployment: {
        ...deployment(after, { paused: true }),
        spec: { ...deployment(after, { paused: true }).spec, selector: {}, template },
      },
      replicaSets: [{ ...replicaSet(after, "new", 1), spec: { selector: {}, template } }],
      pods: new Map([["new", [one]]]),
    });
    expect(phase(given(init(0, { terminated: { exitCode: 0 } })))).toBe("FirstSoak");
    const plan = planRollout(facts(given(init(2, { terminated: { exitCode: 1 } }))));
    expect(plan.failed).toMatch(/container migrate of pod new-1 was started anew \(exit code 1\)/);
    expect(plan.next?.phase).toBe("RollingBack");
  });
  it.each<[string, Omit<Given, "rollout">]>([
    ["a warning from before", { warnings: [warning("new-1", "Unhealthy", now - 61_000)] }],
    [
      "what the old ones complain of too",
      { warnings: [warning("new-1", "ConnectionRefused", now), warning("old-9", "ConnectionRefused", now - 500_000)] },
    ],
    ["an old pod's warning", { warnings: [warning("old-1", "Unhealthy", now)] }],
    [
      "an evicted pod",
      {
        pods: new Map([
          ["new", [pod("new-1", true), { ...pod("new-2", false), status: { phase: "Failed", reason: "Evicted" } }]],
        ]),
      },
    ],
  ])("%s is no fault", (_, more) => {
    expect(phase({ rollout: rollout("FirstSoak"), ...soaking, ...more })).toBe("FirstSoak");
  });
});

describe("everywhere", () => {
  const all = { status: { replicas: 3, updatedReplicas: 3, availableReplicas: 3 } };
  it("ends when all are new and available, and soaks once more", () => {
    expect(phase({ rollout: rollout("Everywhere") })).toBe("Everywhere");
    expect(phase({ rollout: rollout("Everywhere"), deployment: deployment(after, all) })).toBe("LastSoak");
    const done = rollout("LastSoak", { since: at(now - 300_000) });
    expect(phase({ rollout: done, deployment: deployment(after, all) })).toBe("Finishing");
  });
  it("what makes no progress is taken back", () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "slow" }];
    const plan = planRollout(
      facts({ rollout: rollout("Everywhere"), deployment: deployment(after, { status: { conditions } }) }),
    );
    expect(plan.failed).toMatch(/no progress: slow/);
  });
  it("what the stages put aside is put back before it ends", () => {
    const strategy = { maxSurge: "25%", maxUnavailable: "25%" };
    const finishing = rollout("Finishing", { strategy });
    expect(steps({ rollout: finishing })).toEqual(["unstage"]);
    const plan = planRollout(
      facts({ rollout: finishing, deployment: deployment(after, { strategy: { rollingUpdate: strategy } }) }),
    );
    expect(plan).toMatchObject({
      next: undefined,
      record: { outcome: "Finished", from: before, to: after, message: "fixes CVE-1" },
    });
  });
});

describe("back", () => {
  const failed = rollout("RollingBack", { failure: "it crashed" });
  it("the old image first, then nothing waits any more", () => {
    expect(steps({ rollout: failed, deployment: deployment(after, { paused: true }) })).toEqual(["set-image", "stage"]);
  });
  it("ends when only old pods are left", () => {
    const back = { rollout: failed, deployment: deployment(before, { status: { replicas: 4, updatedReplicas: 3 } }) };
    expect(phase(back)).toBe("RollingBack");
    const plan = planRollout(
      facts({ ...back, deployment: deployment(before, { status: { replicas: 3, updatedReplicas: 3 } }) }),
    );
    expect(plan).toMatchObject({ next: undefined, record: { outcome: "RolledBack", message: "it crashed" } });
  });
});

describe("others", () => {
  it.each(["FirstReplica", "FirstSoak", "Everywhere", "LastSoak", "RollingBack"] as const)(
    "an image that somebody else sets during %s ends it",
    (one) => {
      const plan = planRollout(
        facts({ rollout: rollout(one), deployment: deployment("r.example/web:3", { paused: true }) }),
      );
      expect(plan).toMatchObject({ next: undefined, record: { outcome: "Superseded" }, steps: [{ kind: "unstage" }] });
      expect(plan.failed).toBeUndefined();
    },
  );
  it("a workload that is gone, or a namesake, ends it", () => {
    for (const one of [undefined, { ...deployment(after), metadata: { name: "d", namespace: "n", uid: "other" } }])
      expect(
        planRollout({
          ...facts({ rollout: rollout("FirstSoak"), ...(one === undefined ? {} : { deployment: one }) }),
          ...(one === undefined ? { workload: undefined } : {}),
        }),
      ).toMatchObject({
        next: undefined,
        steps: [],
      });
  });
  it("another's workload is watched, and never patched", () => {
    const observed = { observed: true, from: { image: before, restore: after } };
    for (const one of ["FirstReplica", "FirstSoak", "Everywhere", "LastSoak", "Finishing"] as const)
      for (const fault of [false, true]) {
        const pods = new Map([["new", [pod("new-1", true, { restarts: fault ? 1 : 0 })]]]);
        const plan = planRollout(
          facts({ rollout: rollout(one, observed), pods, deployment: deployment(after, { paused: true }) }),
        );
        expect(plan.steps).toEqual([]);
        if (fault && one !== "Finishing")
          expect(plan).toMatchObject({ next: undefined, record: { outcome: "Failed" } });
      }
  });
});

it("a strategy is put aside only where it lets more than one go at once", () => {
  const rolling = (maxSurge: string | number, maxUnavailable: string | number, replicas = 3) =>
    strategyToPutAside(
      makeDeployment(replicas, { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } } }),
    );
  expect(rolling("25%", "25%")).toBeUndefined();
  expect(rolling("25%", "25%", 8)).toEqual({ maxSurge: "25%", maxUnavailable: "25%" });
  expect(rolling(3, 0)).toEqual({ maxSurge: "3", maxUnavailable: "0" });
  expect(rolling(0, 1)).toBeUndefined();
  expect(strategyToPutAside(makeDeployment(3, { strategy: { type: "Recreate" } }))).toBeUndefined();
});

it("a failure is remembered with its digest, once", () => {
  const given = facts({
    rollout: rollout("FirstSoak"),
    pods: new Map([["new", [pod("new-1", true, { restarts: 2 })]]]),
  });
  const once = statusAfter({}, given.rollout, planRollout(given), now);
  expect(once.bad).toMatchObject([{ repository: "r.example/web", digest, tag: "2", workload: "Deployment/d" }]);
  expect(statusAfter(once, given.rollout, planRollout(given), now).bad).toHaveLength(1);
});
