import { expect, test } from "vitest";
import type { PodSpec, ResourceRequirements } from "../../generated/types.ts";
import { makeContainer } from "./make-pod.ts";
import { qosClass } from "./qos.ts";

const of = (...each: (ResourceRequirements | undefined)[]): string =>
  qosClass({ containers: each.map((resources) => makeContainer(resources === undefined ? {} : { resources })) });

const full = { cpu: "1", memory: "1Gi" };

test("nothing asked, or nothing but zero, is BestEffort", () => {
  expect(of(undefined)).toBe("BestEffort");
  expect(of({ requests: { cpu: "0" } })).toBe("BestEffort");
  expect(of({ requests: { "example.com/gpu": "1" }, limits: { "example.com/gpu": "1" } })).toBe("BestEffort");
});

test("limits equal to requests in every container are Guaranteed, however they are written", () => {
  expect(of({ requests: full, limits: full })).toBe("Guaranteed");
  expect(of({ requests: { cpu: "1000m", memory: "1024Mi" }, limits: full })).toBe("Guaranteed");
});

test("anything between is Burstable", () => {
  expect(of({ requests: { cpu: "1" } })).toBe("Burstable");
  expect(of({ requests: full, limits: full }, undefined)).toBe("Burstable");
  expect(of({ requests: { ...full, cpu: "500m" }, limits: full })).toBe("Burstable");
  expect(of({ limits: { cpu: "1" }, requests: { cpu: "1" } })).toBe("Burstable");
});

test("init containers count", () => {
  const resources = { requests: full, limits: full };
  const spec: PodSpec = { containers: [makeContainer({ resources })], initContainers: [makeContainer({ name: "i" })] };
  expect(qosClass(spec)).toBe("Burstable");
});

test("resources of the pod as a whole come first", () => {
  const spec: PodSpec = { containers: [makeContainer()], resources: { requests: full, limits: full } };
  expect(qosClass(spec)).toBe("Guaranteed");
});
