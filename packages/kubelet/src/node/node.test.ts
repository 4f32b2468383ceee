import { describe, expect, test } from "vitest";
import { allocatable } from "./capacity.ts";
import { nodeConditions, type Pressure } from "./conditions.ts";

const calm: Pressure = {
  runtimeReady: true,
  networkReady: true,
  runtimeMessage: "",
  memoryAvailable: 1e9,
  diskAvailable: 50,
  diskCapacity: 100,
  pidsUsed: 100,
  pidsMax: 32_768,
};

const of = (changes: Partial<Pressure>) =>
  Object.fromEntries(nodeConditions({ ...calm, ...changes }, [], 0).map(({ type, status }) => [type, status]));

describe("a node's conditions", () => {
  test("all is well", () => {
    expect(of({})).toEqual({ MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False", Ready: "True" });
  });
  test.each([
    [{ memoryAvailable: 1e6 }, "MemoryPressure", "True"],
    [{ diskAvailable: 5 }, "DiskPressure", "True"],
    [{ pidsUsed: 32_000 }, "PIDPressure", "True"],
    [{ runtimeReady: false }, "Ready", "False"],
    [{ networkReady: false }, "Ready", "False"],
  ])("%j", (changes, type, status) => {
    expect(of(changes)[type]).toBe(status);
  });
  test("a transition keeps its time until the next", () => {
    const before = nodeConditions(calm, [], 0);
    const later = nodeConditions({ ...calm, diskAvailable: 1 }, before, 60_000);
    const times = Object.fromEntries(later.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]));
    expect(times["Ready"]).toBe("1970-01-01T00:00:00Z");
    expect(times["DiskPressure"]).toBe("1970-01-01T00:01:00Z");
    expect(later.every(({ lastHeartbeatTime }) => lastHeartbeatTime === "1970-01-01T00:01:00Z")).toBe(true);
  });
});

test("what is reserved is not for pods", () => {
  expect(allocatable({ cpu: "2", memory: "1048576Ki", pods: "110" }, { cpu: "100m", memory: "256Mi" })).toEqual({
    cpu: "1900m",
    memory: "768Mi",
    pods: "110",
  });
});
