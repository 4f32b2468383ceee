import { type Container, type Pod, stoppedCondition } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PodRuntime, RuntimeContainer, RuntimeSandbox } from "../pod/model.ts";
import { planPod } from "./plan.ts";
import { freshMemory, type PodFacts, type PodMemory, type Step, stepKey } from "./steps.ts";

const makePod = (spec: Partial<NonNullable<Pod["spec"]>> = {}, metadata: Partial<Pod["metadata"]> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u1", ...metadata },
  spec: { containers: [{ name: "app", image: "r/app:1" }], ...spec },
});

const sandbox: RuntimeSandbox = {
  id: "s0",
  attempt: 0,
  ready: true,
  createdAt: 1,
  ips: ["10.1.0.5"],
  hostNetwork: false,
  netns: "/run/netns/x",
  hostInterface: "veth1",
};

const makeContainer = (name: string, changes: Partial<RuntimeContainer> = {}): RuntimeContainer => ({
  id: `${name}-${changes.attempt ?? 0}`,
  name,
  attempt: 0,
  sandboxId: "s0",
  phase: "running",
  createdAt: 1000,
  startedAt: 1000,
  finishedAt: changes.phase === "exited" ? 2000 : 0,
  exitCode: 0,
  reason: "",
  message: "",
  image: `r/${name}:1`,
  imageRef: "",
  user: undefined,
  logPath: "",
  annotations: {},
  ...changes,
});

const runtimeOf = (containers: RuntimeContainer[] = [], sandboxes: RuntimeSandbox[] = [sandbox]): PodRuntime => ({
  uid: "u1",
  namespace: "shop",
  name: "web",
  sandboxes,
  containers,
});

const ready: PodMemory = {
  ...freshMemory,
  admission: { state: "allowed", key: "k" },
  rulesFor: "s0",
  volumes: "ready",
};

const plan = (facts: Partial<PodFacts>) =>
  planPod({
    pod: makePod(),
    removed: undefined,
    runtime: runtimeOf(),
    memory: ready,
    now: 10_000,
    admissionKey: "k",
    beingBorn: false,
    starting: new Set(),
    ...facts,
  });

const does = (facts: Partial<PodFacts>): string[] => plan(facts).steps.map((step) => stepKey(step));

describe("birth, in its order", () => {
  test("the deciders come before anything else", () => {
    expect(does({ memory: freshMemory, runtime: runtimeOf([], []) })).toEqual(["admit"]);
  });
  test("then the sandbox", () => {
    const memory: PodMemory = { ...freshMemory, admission: { state: "allowed", key: "k" } };
    expect(plan({ memory, runtime: runtimeOf([], []) }).steps).toEqual([{ do: "make-sandbox", attempt: 0 }]);
  });
  test("then the packet rules, before volumes and any process", () => {
    expect(does({ memory: { ...ready, rulesFor: undefined, volumes: "unknown" } })).toEqual(["ensure-rules"]);
  });
  test("rules of an earlier sandbox do not count", () => {
    expect(does({ memory: { ...ready, rulesFor: "older" } })).toEqual(["ensure-rules"]);
  });
  test("then volumes", () => {
    expect(does({ memory: { ...ready, volumes: "unknown" } })).toEqual(["prepare-volumes"]);
  });
  test("then the first process", () => {
    expect(does({})).toEqual(["start-container/app"]);
  });
  test("a pod in the host's network has no rules of its own", () => {
    const pod = makePod({ hostNetwork: true });
    const runtime = runtimeOf([], [{ ...sandbox, ips: [], hostNetwork: true }]);
    expect(does({ pod, runtime, memory: { ...ready, rulesFor: undefined } })).toEqual(["start-container/app"]);
  });
  test("a sandbox without an address is not used", () => {
    expect(does({ runtime: runtimeOf([], [{ ...sandbox, ips: [] }]) })).toEqual(["stop-sandbox/s0"]);
  });
  test("a container born halfway is removed before it is started anew", () => {
    expect(does({ runtime: runtimeOf([makeContainer("app", { phase: "created" })]) })).toEqual([
      "remove-container/app-0",
    ]);
  });
  test("but not the one whose start is under way", () => {
    const runtime = runtimeOf([makeContainer("app", { phase: "created" })]);
    expect(does({ runtime, starting: new Set(["app"]) })).toEqual([]);
  });
  test("no process ever starts without its rules, whatever else is so", () => {
    const phases = fc.constantFrom("created", "running", "exited", "unknown" as const);
    fc.assert(
      fc.property(
        fc.record({
          rulesFor: fc.constantFrom(undefined, "s0", "other"),
          volumes: fc.constantFrom("unknown", "ready", "released" as const),
          admission: fc.constantFrom(undefined, "allowed", "refused" as const),
          phase: fc.option(phases, { nil: undefined }),
          sandboxReady: fc.boolean(),
          ips: fc.constantFrom([], ["10.1.0.5"]),
          exitCode: fc.constantFrom(0, 1),
          dying: fc.boolean(),
          now: fc.integer({ min: 0, max: 10_000_000 }),
        }),
        (so) => {
          const admission =
            so.admission === undefined
              ? undefined
              : { state: so.admission, key: "k", reason: "r", message: "m", at: 0 };
          const containers =
            so.phase === undefined ? [] : [makeContainer("app", { phase: so.phase, exitCode: so.exitCode })];
          const { steps } = plan({
            pod: makePod({}, so.dying ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
            runtime: runtimeOf(containers, [{ ...sandbox, ready: so.sandboxReady, ips: so.ips }]),
            memory: { ...ready, admission, rulesFor: so.rulesFor, volumes: so.volumes } as PodMemory,
            now: so.now,
          });
          const starts = steps.some((step) => step.do === "start-container");
          const may =
            so.rulesFor === "s0" &&
            so.volumes === "ready" &&
            so.admission === "allowed" &&
            so.sandboxReady &&
            so.ips.length > 0 &&
            !so.dying;
          expect(starts && !may).toBe(false);
        },
      ),
    );
  });
});

describe("admission", () => {
  const refused: PodMemory = {
    ...freshMemory,
    admission: { state: "refused", key: "k", reason: "NodePolicy", message: "no", at: 9000 },
  };
  test("a refused pod that never ran has failed", () => {
    expect(plan({ memory: refused, runtime: runtimeOf([], []) }).ended).toEqual({
      phase: "Failed",
      reason: "NodePolicy",
      message: "no",
    });
  });
  test("what runs already goes on, and nothing new starts", () => {
    const pod = makePod({ ephemeralContainers: [{ name: "debug", image: "x" }] });
    const memory: PodMemory = { ...ready, admission: refused.admission };
    const result = plan({ pod, memory, runtime: runtimeOf([makeContainer("app")]) });
    expect(result).toEqual({ steps: [], wakeAt: 39_000 });
    expect(does({ pod, memory, runtime: runtimeOf([makeContainer("app")]), now: 39_000 })).toEqual(["admit"]);
  });
  test("for a refused pod whose sandbox went nothing is made", () => {
    const runtime = { ...runtimeOf([makeContainer("app", { phase: "exited" })]), sandboxes: [] };
    const memory: PodMemory = { ...ready, volumes: "unknown", admission: refused.admission };
    expect(plan({ memory, runtime })).toEqual({ steps: [], wakeAt: 39_000 });
    expect(does({ memory, runtime, now: 39_000 })).toEqual(["admit"]);
  });
  test("another image or container is judged anew", () => {
    expect(does({ admissionKey: "k2", runtime: runtimeOf([makeContainer("app")]) })).toEqual(["admit"]);
  });
});

describe("init containers and sidecars", () => {
  const always: Container = { name: "proxy", image: "r/proxy:1", restartPolicy: "Always" };
  const pod = makePod({
    initContainers: [{ name: "one", image: "r/one:1" }, always, { name: "two", image: "r/two:1" }],
  });
  test("one after the other", () => {
    expect(does({ pod })).toEqual(["start-container/one"]);
    expect(does({ pod, runtime: runtimeOf([makeContainer("one")]) })).toEqual([]);
    const oneDone = makeContainer("one", { phase: "exited" });
    expect(does({ pod, runtime: runtimeOf([oneDone]) })).toEqual(["start-container/proxy"]);
    const both = [oneDone, makeContainer("proxy")];
    expect(does({ pod, runtime: runtimeOf(both) })).toEqual(["start-container/two"]);
    const all = [...both, makeContainer("two", { phase: "exited" })];
    expect(does({ pod, runtime: runtimeOf(all) })).toEqual(["start-container/app"]);
  });
  test("a sidecar counts once its startup probe passed", () => {
    const probed = makePod({ initContainers: [{ ...always, startupProbe: { tcpSocket: { port: 1 } } }] });
    const runtime = runtimeOf([makeContainer("proxy")]);
    expect(does({ pod: probed, runtime })).toEqual([]);
    const probes = new Map([["proxy-0", { startup: true }]]);
    expect(does({ pod: probed, runtime, memory: { ...ready, probes } })).toEqual(["start-container/app"]);
  });
  test("a sidecar that ended is started again while the pod lives", () => {
    const runtime = runtimeOf([
      makeContainer("one", { phase: "exited" }),
      makeContainer("proxy", { phase: "exited" }),
      makeContainer("two", { phase: "exited" }),
      makeContainer("app"),
    ]);
    expect(does({ pod, runtime })).toEqual(["start-container/proxy"]);
  });
  test("a failed init container ends a pod that never restarts", () => {
    const never = makePod({ restartPolicy: "Never", initContainers: [{ name: "one", image: "r/one:1" }] });
    const runtime = runtimeOf([makeContainer("one", { phase: "exited", exitCode: 1 })]);
    expect(plan({ pod: never, runtime }).ended).toEqual({ phase: "Failed" });
  });
  test("a new sandbox runs them again", () => {
    const old = { ...sandbox, id: "old", ready: false };
    const made = { ...sandbox, attempt: 1 };
    const ended = makeContainer("one", { phase: "exited", sandboxId: "old" });
    const runtime = runtimeOf([ended], [made, old]);
    expect(does({ pod, runtime })).toEqual(["start-container/one"]);
  });
});

describe("restarts", () => {
  const crashed = (attempt: number, finishedAt = 10_000) =>
    makeContainer("app", { phase: "exited", exitCode: 1, attempt, finishedAt, startedAt: finishedAt - 100 });
  test("the first crash restarts at once, as the next attempt", () => {
    const { steps } = plan({ runtime: runtimeOf([crashed(0)]) });
    expect(steps).toMatchObject([{ do: "start-container", attempt: 1 }]);
  });
  test("what the runtime forgot, the API still counts", () => {
    const status = {
      name: "app",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 4,
      containerID: "containerd://x",
    };
    const pod: Pod = { ...makePod(), status: { containerStatuses: [status] } };
    expect(plan({ pod, runtime: runtimeOf([]) }).steps).toMatchObject([{ do: "start-container", attempt: 5 }]);
  });
  test("later ones wait, doubling to five minutes", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 20].map(
      (attempt) => (plan({ runtime: runtimeOf([crashed(attempt)]) }).wakeAt ?? 0) - 10_000,
    );
    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  });
  test("a container that ran for ten minutes starts anew", () => {
    const long = makeContainer("app", { phase: "exited", exitCode: 1, attempt: 9, startedAt: 1, finishedAt: 600_001 });
    expect(does({ runtime: runtimeOf([long]), now: 600_001 })).toEqual(["start-container/app"]);
  });
  test.each([
    ["Always", 0, true],
    ["Always", 1, true],
    ["OnFailure", 0, false],
    ["OnFailure", 1, true],
    ["Never", 0, false],
    ["Never", 1, false],
  ])("%s after exit code %i: %s", (restartPolicy, exitCode, again) => {
    const runtime = runtimeOf([makeContainer("app", { phase: "exited", exitCode })]);
    const result = plan({ pod: makePod({ restartPolicy }), runtime });
    expect(result.steps.some((step) => step.do === "start-container")).toBe(again);
    expect(result.ended?.phase).toBe(again ? undefined : exitCode === 0 ? "Succeeded" : "Failed");
  });
  test("a container's own rules go before its pod's policy", () => {
    const containers: Container[] = [
      {
        name: "app",
        image: "r/app:1",
        restartPolicy: "Never",
        restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }],
      },
    ];
    const after = (exitCode: number) =>
      does({ pod: makePod({ containers }), runtime: runtimeOf([makeContainer("app", { phase: "exited", exitCode })]) });
    expect(after(42)).toEqual(["start-container/app"]);
    expect(after(1)).toEqual([]);
  });
  test("the last dead container of a name and the one before stay, older ones go", () => {
    const dead = [3, 2, 1, 0].map((attempt) => crashed(attempt, 9000));
    expect(does({ runtime: runtimeOf(dead) })).toEqual(["remove-container/app-1", "remove-container/app-0"]);
  });
});

describe("probes", () => {
  test.each(["liveness", "startup"] as const)("a failed %s probe stops the container", (kind) => {
    const memory: PodMemory = { ...ready, probes: new Map([["app-0", { [kind]: false, grace: 3 }]]) };
    const { steps } = plan({ memory, runtime: runtimeOf([makeContainer("app")]) });
    expect(steps).toMatchObject([{ do: "stop-container", why: kind, grace: 3 }]);
  });
  test("a failed readiness probe stops nothing", () => {
    const memory: PodMemory = { ...ready, probes: new Map([["app-0", { readiness: false }]]) };
    expect(does({ memory, runtime: runtimeOf([makeContainer("app")]) })).toEqual([]);
  });
  test("a changed image restarts the container", () => {
    const runtime = runtimeOf([makeContainer("app", { image: "r/app:0" })]);
    expect(plan({ runtime }).steps).toMatchObject([{ do: "stop-container", why: "image-changed" }]);
  });
});

describe("a lost sandbox", () => {
  const lost = { ...sandbox, ready: false };
  test("is replaced by the next attempt", () => {
    expect(plan({ runtime: runtimeOf([], [lost]) }).steps).toEqual([{ do: "make-sandbox", attempt: 1 }]);
  });
  test("after what still runs in it was stopped", () => {
    expect(does({ runtime: runtimeOf([makeContainer("app")], [lost]) })).toEqual(["stop-container/app-0/30"]);
  });
  test("but not for a pod whose containers are done", () => {
    const runtime = runtimeOf([makeContainer("app", { phase: "exited", exitCode: 137 })], [lost]);
    expect(plan({ pod: makePod({ restartPolicy: "Never" }), runtime }).ended).toEqual({ phase: "Failed" });
  });
});

describe("death, the other way round", () => {
  const dying = makePod({}, { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 7 });
  const dead = makeContainer("app", { phase: "exited" });
  const stages: [string, Partial<PodFacts>, string[]][] = [
    [
      "processes, with the deletion's grace",
      { runtime: runtimeOf([makeContainer("app")]) },
      ["stop-container/app-0/7"],
    ],
    ["volumes", { runtime: runtimeOf([dead]) }, ["release-volumes"]],
    ["rules", { runtime: runtimeOf([dead]), memory: { ...ready, volumes: "released" } }, ["remove-rules"]],
    [
      "address",
      { runtime: runtimeOf([dead]), memory: { ...ready, volumes: "released", rulesRemoved: true } },
      ["stop-sandbox/s0"],
    ],
    [
      "containers",
      {
        runtime: runtimeOf([dead], [{ ...sandbox, ready: false }]),
        memory: { ...ready, volumes: "released", rulesRemoved: true },
      },
      ["remove-container/app-0"],
    ],
    [
      "sandbox",
      {
        runtime: runtimeOf([], [{ ...sandbox, ready: false }]),
        memory: { ...ready, volumes: "released", rulesRemoved: true },
      },
      ["remove-sandbox/s0"],
    ],
    [
      "folder",
      { runtime: runtimeOf([], []), memory: { ...ready, volumes: "released", rulesRemoved: true } },
      ["forget"],
    ],
    [
      "object",
      { runtime: runtimeOf([], []), memory: { ...ready, volumes: "released", rulesRemoved: true, forgotten: true } },
      ["finish"],
    ],
  ];
  test.each(stages)("%s", (_, facts, expected) => {
    expect(does({ pod: dying, ...facts })).toEqual(expected);
  });
  test("the same without an object, but for the object", () => {
    for (const [, facts, expected] of stages) {
      const steps = does({ ...facts, pod: undefined });
      expect(steps).toEqual(expected.map((key) => key.replace("/7", "/30")).filter((key) => key !== "finish"));
    }
  });
  test("a pod that was removed by force ends as fast as it was told to", () => {
    const removed = makePod({}, { ...dying.metadata, deletionGracePeriodSeconds: 0 });
    const steps = does({ pod: undefined, removed, runtime: runtimeOf([makeContainer("app")]) });
    expect(steps).toEqual(["stop-container/app-0/0"]);
  });
  test("nothing is taken away while a birth is under way", () => {
    expect(does({ pod: dying, beingBorn: true, runtime: runtimeOf([dead]) })).toEqual([]);
    expect(does({ pod: dying, beingBorn: true, runtime: runtimeOf([makeContainer("app")]) })).toHaveLength(1);
  });
  test("sidecars end after the others, the last first, with what is left of the grace", () => {
    const sidecar = (name: string): Container => ({ name, image: `r/${name}:1`, restartPolicy: "Always" });
    const pod = makePod({ initContainers: [sidecar("a"), sidecar("b")] }, dying.metadata);
    const all = [makeContainer("a"), makeContainer("b"), makeContainer("app")];
    expect(does({ pod, runtime: runtimeOf(all) })).toEqual(["stop-container/app-0/7"]);
    const memory = { ...ready, dyingSince: 6000 };
    const left = plan({ pod, memory, runtime: runtimeOf(all.slice(0, 2)) }).steps as Extract<
      Step,
      { do: "stop-container" }
    >[];
    expect(left).toMatchObject([{ container: { name: "b" }, grace: 3 }]);
    const late = plan({ pod, memory: { ...ready, dyingSince: 0 }, runtime: runtimeOf(all.slice(0, 1)) }).steps;
    expect(late).toMatchObject([{ container: { name: "a" }, grace: 2 }]);
  });
  test("a shorter grace is another stop, so that a slow one is overtaken", () => {
    const forced = makePod({}, { ...dying.metadata, deletionGracePeriodSeconds: 0 });
    expect(does({ pod: forced, runtime: runtimeOf([makeContainer("app")]) })).toEqual(["stop-container/app-0/0"]);
  });
  test("a pod that ended by itself keeps its containers until it is deleted", () => {
    const memory: PodMemory = { ...ready, volumes: "released", rulesRemoved: true, ended: { phase: "Succeeded" } };
    const runtime = runtimeOf([dead], [{ ...sandbox, ready: false }]);
    expect(does({ memory, runtime })).toEqual([]);
  });
  test("an end that the API knows already is not undone by a restarted agent", () => {
    const pod: Pod = { ...makePod(), status: { phase: "Failed" } };
    expect(does({ pod, memory: freshMemory, runtime: runtimeOf([], []) })).toEqual(["release-volumes"]);
  });
});

test("a pod that is stopped by its condition ends for good, whatever its restart policy", () => {
  const condition = { type: stoppedCondition, status: "True", message: "a program runs that the image does not hold" };
  const pod: Pod = { ...makePod({ restartPolicy: "Always" }), status: { phase: "Running", conditions: [condition] } };
  expect(plan({ pod, runtime: runtimeOf([makeContainer("app")]) }).ended).toEqual({
    phase: "Failed",
    reason: "Stopped",
    message: condition.message,
  });
  const lifted = { ...pod, status: { ...pod.status, conditions: [{ ...condition, status: "False" }] } };
  expect(plan({ pod: lifted, runtime: runtimeOf([makeContainer("app")]) }).ended).toBeUndefined();
});

describe("deadlines", () => {
  const pod: Pod = {
    ...makePod({ activeDeadlineSeconds: 5 }),
    status: { phase: "Running", startTime: "1970-01-01T00:00:08Z" },
  };
  test("wake the loop", () => {
    expect(plan({ pod, runtime: runtimeOf([makeContainer("app")]) }).wakeAt).toBe(13_000);
  });
  test("end the pod", () => {
    const { ended } = plan({ pod, now: 13_000, runtime: runtimeOf([makeContainer("app")]) });
    expect(ended).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
  });
});
