import type { Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { freshMemory, type PodMemory } from "../plan/steps.ts";
import type { PodRuntime, RuntimeContainer } from "../pod/model.ts";
import type { StatusFacts } from "./facts.ts";
import { podStatus } from "./pod-status.ts";
import { statusPatch } from "./status-patch.ts";

const makePod = (spec: Partial<NonNullable<Pod["spec"]>> = {}, status?: Pod["status"]): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u1", generation: 3 },
  spec: { containers: [{ name: "app", image: "r/app:1" }], ...spec },
  ...(status === undefined ? {} : { status }),
});

const container = (changes: Partial<RuntimeContainer> = {}): RuntimeContainer => ({
  id: "c0",
  name: "app",
  attempt: 0,
  sandboxId: "s0",
  phase: "running",
  createdAt: 1000,
  startedAt: 1000,
  finishedAt: 0,
  exitCode: 0,
  reason: "",
  message: "",
  image: "r/app:1",
  imageRef: "sha256:1",
  user: undefined,
  logPath: "",
  annotations: {},
  ...changes,
});

const runtimeOf = (...containers: RuntimeContainer[]): PodRuntime => ({
  uid: "u1",
  namespace: "shop",
  name: "web",
  sandboxes: [
    {
      id: "s0",
      attempt: 0,
      ready: true,
      createdAt: 1,
      ips: ["10.1.0.5"],
      hostNetwork: false,
      netns: undefined,
      hostInterface: undefined,
    },
  ],
  containers,
});

const statusOf = (facts: Partial<StatusFacts> = {}) =>
  podStatus({
    pod: makePod(),
    runtime: runtimeOf(container()),
    memory: freshMemory,
    waiting: new Map(),
    terminationMessages: new Map(),
    hostIps: ["192.168.0.9"],
    now: 60_000,
    ...facts,
  });

const conditionOf = (status: ReturnType<typeof statusOf>, type: string) =>
  status.conditions?.find((condition) => condition.type === type);

describe("a pod's status", () => {
  test("running and ready", () => {
    const status = statusOf();
    expect(status).toMatchObject({
      phase: "Running",
      podIP: "10.1.0.5",
      hostIP: "192.168.0.9",
      qosClass: "BestEffort",
    });
    for (const type of ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]) {
      expect(conditionOf(status, type)?.status).toBe("True");
    }
    expect(status.containerStatuses).toMatchObject([
      { ready: true, started: true, restartCount: 0, containerID: "containerd://c0", state: { running: {} } },
    ]);
  });
  test("before anything runs", () => {
    const status = statusOf({ runtime: { ...runtimeOf(), sandboxes: [] } });
    expect(status.phase).toBe("Pending");
    expect(status.containerStatuses?.[0]?.state?.waiting?.reason).toBe("ContainerCreating");
    expect(conditionOf(status, "Ready")).toMatchObject({
      status: "False",
      reason: "ContainersNotReady",
      message: "containers with unready status: [app]",
    });
  });
  test("app containers behind an init container wait for it", () => {
    const pod = makePod({ initContainers: [{ name: "first", image: "r/first:1" }] });
    const status = statusOf({ pod, runtime: runtimeOf(container({ id: "i", name: "first" })) });
    expect(status.containerStatuses?.[0]?.state?.waiting?.reason).toBe("PodInitializing");
    expect(conditionOf(status, "Initialized")).toMatchObject({
      reason: "ContainersNotInitialized",
      message: "containers with incomplete status: [first]",
    });
  });
  test("a failed pull is told as such, then as waiting", () => {
    const waiting = new Map([["app", { reason: "ErrImagePull", message: "no such host", since: 60_000 }]]);
    const reason = (now: number) =>
      statusOf({ runtime: runtimeOf(), waiting, now }).containerStatuses?.[0]?.state?.waiting?.reason;
    expect(reason(60_100)).toBe("ErrImagePull");
    expect(reason(61_000)).toBe("ImagePullBackOff");
  });
  test("a crashed container waits, and its last state says how it ended", () => {
    const dead = container({ phase: "exited", exitCode: 3, attempt: 2, finishedAt: 59_000, startedAt: 58_000 });
    const [app] = statusOf({ runtime: runtimeOf(dead) }).containerStatuses ?? [];
    expect(app).toMatchObject({
      ready: false,
      restartCount: 2,
      state: {
        waiting: {
          reason: "CrashLoopBackOff",
          message: "back-off 20s restarting failed container=app pod=web_shop(u1)",
        },
      },
      lastState: { terminated: { exitCode: 3, reason: "Error" } },
    });
  });
  test("killed for memory, with its last words", () => {
    const dead = container({ phase: "exited", exitCode: 137, reason: "OOMKilled", finishedAt: 59_000 });
    const status = statusOf({
      pod: makePod({ restartPolicy: "Never" }),
      runtime: runtimeOf(dead),
      memory: { ...freshMemory, ended: { phase: "Failed" } },
      terminationMessages: new Map([["c0", "too much"]]),
    });
    expect(status.phase).toBe("Failed");
    expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      reason: "OOMKilled",
      message: "too much",
    });
  });
  test("succeeded", () => {
    const status = statusOf({
      pod: makePod({ restartPolicy: "Never" }),
      runtime: runtimeOf(container({ phase: "exited", finishedAt: 59_000 })),
      memory: { ...freshMemory, ended: { phase: "Succeeded" } },
    });
    expect(status.phase).toBe("Succeeded");
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason: "PodCompleted" });
    expect(conditionOf(status, "Initialized")).toMatchObject({ status: "True", reason: "PodCompleted" });
  });
  test("readiness follows its probe, and the gates of others", () => {
    const containers = [{ name: "app", image: "r/app:1", readinessProbe: { tcpSocket: { port: 1 } } }];
    const pod = makePod({ containers, readinessGates: [{ conditionType: "lb" }] });
    const found = (readiness: boolean): PodMemory => ({ ...freshMemory, probes: new Map([["c0", { readiness }]]) });
    expect(conditionOf(statusOf({ pod, memory: found(false) }), "ContainersReady")?.status).toBe("False");
    const gated = statusOf({ pod, memory: found(true) });
    expect(conditionOf(gated, "ContainersReady")?.status).toBe("True");
    expect(conditionOf(gated, "Ready")).toMatchObject({ status: "False", reason: "ReadinessGatesNotReady" });
    const open = makePod(
      { containers, readinessGates: [{ conditionType: "lb" }] },
      { conditions: [{ type: "lb", status: "True" }] },
    );
    expect(conditionOf(statusOf({ pod: open, memory: found(true) }), "Ready")?.status).toBe("True");
  });
  test("an isolated pod is not ready, though its containers are", () => {
    const isolated = { type: "security.bulkhead.dev/Isolated", status: "True", reason: "ImageOutOfPolicy" };
    const status = statusOf({ pod: makePod({}, { conditions: [isolated] }) });
    expect(conditionOf(status, "ContainersReady")?.status).toBe("True");
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason: "Isolated" });
    const lifted = statusOf({ pod: makePod({}, { conditions: [{ ...isolated, status: "False" }] }) });
    expect(conditionOf(lifted, "Ready")?.status).toBe("True");
    // It is another's to write and to clear.
    expect(conditionOf(status, isolated.type)).toBeUndefined();
    const patch = statusPatch(makePod({}, { ...statusOf(), conditions: [isolated] }), status) as Pod;
    expect(patch.status?.conditions?.map(({ type }) => type)).not.toContain(isolated.type);
  });
  test("a transition time stays while the status does", () => {
    const before = { type: "Ready", status: "True", lastTransitionTime: "2020-01-01T00:00:00Z" };
    const status = statusOf({ pod: makePod({}, { conditions: [before] }) });
    expect(conditionOf(status, "Ready")?.lastTransitionTime).toBe("2020-01-01T00:00:00Z");
  });
  test("what a container left stays when the runtime has forgotten it", () => {
    const first = statusOf({
      pod: makePod({ restartPolicy: "Never" }),
      runtime: runtimeOf(container({ phase: "exited", finishedAt: 59_000, exitCode: 4 })),
      memory: { ...freshMemory, ended: { phase: "Failed" } },
    });
    const later = statusOf({
      pod: makePod({ restartPolicy: "Never" }, first),
      runtime: { ...runtimeOf(), sandboxes: [] },
      memory: { ...freshMemory, ended: { phase: "Failed" } },
    });
    expect(later.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4);
  });
});

describe("the patch of a status", () => {
  test("nothing when nothing changed, whatever the order of keys", () => {
    const status = statusOf();
    const shuffled = Object.fromEntries(Object.entries(structuredClone(status)).toReversed());
    expect(statusPatch(makePod({}, shuffled), status)).toBeUndefined();
  });
  test("only what changed, guarded by the UID, others' conditions left alone", () => {
    const status = statusOf();
    const other = { type: "lb", status: "True" };
    const stored = { ...structuredClone(status), conditions: [...(status.conditions ?? []), other] };
    const patch = statusPatch(makePod({}, stored), { ...status, phase: "Failed" });
    expect(patch).toEqual({ metadata: { uid: "u1" }, status: { phase: "Failed" } });
  });
  test("addresses replace, they do not merge; what is gone is nulled", () => {
    const status = statusOf();
    const moved = { ...status, podIP: "10.1.0.6", podIPs: [{ ip: "10.1.0.6" }] };
    expect(statusPatch(makePod({}, { ...status, reason: "x" }), moved)).toEqual({
      metadata: { uid: "u1" },
      status: { podIP: "10.1.0.6", podIPs: [{ $patch: "replace" }, { ip: "10.1.0.6" }], reason: null },
    });
  });
});

test("a deleted pod whose processes have ended is over", () => {
  const dying = (exitCode: number): Pod => {
    const pod = makePod({ restartPolicy: "Always" });
    pod.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
    return podStatusOf(pod, exitCode);
  };
  const podStatusOf = (pod: Pod, exitCode: number): Pod => ({
    ...pod,
    status: statusOf({ pod, runtime: runtimeOf(container({ phase: "exited", exitCode, finishedAt: 59_000 })) }),
  });
  expect(dying(0).status?.phase).toBe("Succeeded");
  expect(dying(137).status?.phase).toBe("Failed");
});
