import { describe, expect, test } from "vitest";
import type { ContainerState, ContainerStatus, PodStatus } from "../../generated/types.ts";
import { makeContainer, makePod, makeStatus } from "./make-pod.ts";
import { podTable } from "./pod-table.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const fiveMinutesAgo = "2026-01-01T00:55:00Z";

const ended = (exitCode: number, reason = "", finishedAt = fiveMinutesAgo): ContainerState => ({
  terminated: { exitCode, ...(reason === "" ? {} : { reason }), finishedAt },
});
const running: ContainerState = { running: { startedAt: fiveMinutesAgo } };
const ready = (parts: Partial<ContainerStatus> = {}): ContainerStatus =>
  makeStatus({ ready: true, state: running, ...parts });

/** Ready, Status and Restarts of a pod with one container and such a status. */
const shown = (status: PodStatus, init = 0, sidecar = false): unknown[] => {
  const policy = sidecar ? { restartPolicy: "Always" } : {};
  const initContainers = Array.from({ length: init }, (_, i) => makeContainer({ name: `i${i}`, ...policy }));
  return podTable.cells(makePod({ spec: init > 0 ? { initContainers } : {}, status }), now).slice(1, 4);
};

describe("the status that a person reads", () => {
  test("is the phase while nothing is known of containers", () => {
    expect(shown({ phase: "Pending" })).toEqual(["0/1", "Pending", "0"]);
  });

  test("is the pod's own reason before its phase", () => {
    expect(shown({ phase: "Failed", reason: "Evicted" })[1]).toBe("Evicted");
  });

  test("says that gates hold the pod", () => {
    const conditions = [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }];
    expect(shown({ phase: "Pending", conditions } as unknown as PodStatus)[1]).toBe("SchedulingGated");
  });

  test("runs", () => {
    expect(shown({ phase: "Running", containerStatuses: [ready()] })).toEqual(["1/1", "Running", "0"]);
  });

  test("waits for a reason, with restarts and the time of the last", () => {
    const status = makeStatus({
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: ended(1, "Error"),
    });
    expect(shown({ phase: "Running", containerStatuses: [status] })).toEqual(["0/1", "CrashLoopBackOff", "3 (5m ago)"]);
  });

  test("is Completed, Error, a signal or an exit code", () => {
    const status = (state: ContainerState): unknown =>
      shown({ phase: "Failed", containerStatuses: [makeStatus({ state })] })[1];
    expect(status(ended(0, "Completed"))).toBe("Completed");
    expect(status(ended(1, "Error"))).toBe("Error");
    expect(status({ terminated: { exitCode: 137, signal: 9 } })).toBe("Signal:9");
    expect(status({ terminated: { exitCode: 3 } })).toBe("ExitCode:3");
  });

  test("is not Completed while another container runs or has failed", () => {
    const done = makeStatus({ name: "a", state: ended(0, "Completed") });
    const both = (other: ContainerStatus, conditions: unknown[] = []): unknown =>
      shown({ phase: "Running", conditions, containerStatuses: [done, other] } as PodStatus)[1];
    expect(both(ready({ name: "b" }), [{ type: "Ready", status: "True" }])).toBe("Running");
    expect(both(ready({ name: "b" }))).toBe("NotReady");
    expect(both(makeStatus({ name: "b", state: ended(2, "Error") }))).toBe("Error");
  });

  test("counts init containers that are through", () => {
    const through = makeStatus({ name: "i0", state: ended(0, "Completed") });
    const next = makeStatus({ name: "i1", state: running });
    expect(shown({ phase: "Pending", initContainerStatuses: [through, next] }, 2)[1]).toBe("Init:1/2");
    const failed = makeStatus({ name: "i1", state: ended(1, "Error"), restartCount: 2, lastState: ended(1) });
    expect(shown({ phase: "Pending", initContainerStatuses: [through, failed] }, 2)).toEqual([
      "0/1",
      "Init:Error",
      "2 (5m ago)",
    ]);
    const pulling = makeStatus({ name: "i1", state: { waiting: { reason: "ErrImagePull" } } });
    expect(shown({ phase: "Pending", initContainerStatuses: [through, pulling] }, 2)[1]).toBe("Init:ErrImagePull");
  });

  test("counts sidecars among the containers", () => {
    const sidecar = ready({ name: "i0", started: true, restartCount: 1 });
    const status = { phase: "Running", initContainerStatuses: [sidecar], containerStatuses: [ready()] };
    expect(shown(status, 1, true)).toEqual(["2/2", "Running", "1"]);
  });

  test("is Terminating until the pod has ended, Unknown when its node is lost", () => {
    const metadata = { deletionTimestamp: fiveMinutesAgo };
    const status = (parts: PodStatus): unknown => podTable.cells(makePod({ metadata, status: parts }), now)[2];
    expect(status({ phase: "Running", containerStatuses: [ready()] })).toBe("Terminating");
    expect(status({ phase: "Succeeded" })).toBe("Succeeded");
    expect(status({ phase: "Running", reason: "NodeLost" })).toBe("Unknown");
  });
});

test("wide columns: address, node, nomination, readiness gates", () => {
  const pod = makePod({
    spec: { readinessGates: [{ conditionType: "example.com/a" }, { conditionType: "example.com/b" }] },
    status: {
      podIP: "10.0.0.1",
      conditions: [{ type: "example.com/a", status: "True" }],
    } as unknown as PodStatus,
  });
  expect(podTable.cells(pod, now).slice(5)).toEqual(["10.0.0.1", "node", "<none>", "1/2"]);
});
