import type { Container, Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { cgroupParent, cpuWeight, podCgroupSettings } from "./cgroup-parent.ts";
import { oomScoreAdj, qosClass } from "./qos.ts";
import { containerResources, cpuQuota, cpuShares, podTotal } from "./resources.ts";

const list = (cpu?: string, memory?: string) => ({
  ...(cpu === undefined ? {} : { cpu }),
  ...(memory === undefined ? {} : { memory }),
});

const makePod = (containers: Partial<Container>[], initContainers: Partial<Container>[] = []): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u-1" },
  spec: {
    containers: containers.map((each, index) => ({ name: `c${index}`, ...each })),
    initContainers: initContainers.map((each, index) => ({ name: `i${index}`, ...each })),
  },
});

const full = { resources: { requests: list("1", "64Mi"), limits: list("1", "64Mi") } };

describe("quality of service", () => {
  test.each([
    ["nothing asked", makePod([{}]), "BestEffort"],
    ["limits alike requests", makePod([full]), "Guaranteed"],
    ["limits without requests", makePod([{ resources: { limits: list("1", "64Mi") } }]), "Guaranteed"],
    ["one container without", makePod([full, {}]), "Burstable"],
    ["an init container without", makePod([full], [{}]), "Burstable"],
    [
      "requests below limits",
      makePod([{ resources: { requests: list("500m", "64Mi"), limits: list("1", "64Mi") } }]),
      "Burstable",
    ],
    ["only memory", makePod([{ resources: { limits: list(undefined, "64Mi") } }]), "Burstable"],
    [
      "written otherwise",
      makePod([{ resources: { requests: list("1000m", "65536Ki"), limits: list("1", "64Mi") } }]),
      "Guaranteed",
    ],
  ])("%s", (_, pod, expected) => {
    expect(qosClass(pod)).toBe(expected);
  });
  test("decides whom the kernel kills first", () => {
    const burst = { resources: { requests: list("1", "1Gi") } };
    expect(oomScoreAdj(makePod([full]), full, 4 * 2 ** 30)).toBe(-997);
    expect(oomScoreAdj(makePod([{}]), {}, 4 * 2 ** 30)).toBe(1000);
    expect(oomScoreAdj(makePod([burst]), burst, 4 * 2 ** 30)).toBe(750);
    expect(oomScoreAdj(makePod([burst, {}]), {}, 4 * 2 ** 30)).toBe(999);
  });
});

describe("control groups", () => {
  test.each([
    [0, 2, 0],
    [1, 2, 1000],
    [250, 256, 25_000],
    [2000, 2048, 200_000],
  ])("%i thousandths: %i shares, quota %i", (milli, shares, quota) => {
    expect([cpuShares(milli), cpuQuota(milli)]).toEqual([shares, quota]);
  });
  test("weights span their scale", () => {
    expect([cpuWeight(2), cpuWeight(1024), cpuWeight(262_144)]).toEqual([1, 39, 10_000]);
  });
  test("a container's", () => {
    const container = { resources: { requests: list("250m"), limits: list("500m", "64Mi") } };
    const facts = { memoryCapacity: 2 ** 34, canLowerOomScore: true, cgroupVersion: "v1" as const, pidsLimit: 100 };
    expect(containerResources(makePod([container]), container, facts)).toMatchObject({
      cpuShares: 256,
      cpuQuota: 50_000,
      memoryLimitInBytes: 67_108_864,
      memorySwapLimitInBytes: 67_108_864,
    });
    expect(containerResources(makePod([full]), full, { ...facts, canLowerOomScore: false }).oomScoreAdj).toBe(0);
  });
  test("a pod's: the larger of its beginning's peak and its running sum", () => {
    const pod = makePod(
      [{ resources: { requests: list("1") } }, { resources: { requests: list("1") } }],
      [{ resources: { requests: list("500m") }, restartPolicy: "Always" }, { resources: { requests: list("4") } }],
    );
    expect(podTotal(pod, "requests", "cpu")).toBe(4500);
    expect(podTotal(pod, "limits", "cpu")).toBeUndefined();
  });
  test("parents by driver", () => {
    const v1 = { version: "v1", driver: "cgroupfs", controllers: ["cpu", "memory", "pids"] } as const;
    const systemd = { version: "v2", driver: "systemd", controllers: ["cpu", "memory", "pids"] } as const;
    expect(cgroupParent(v1, "bulkhead", makePod([{}]))).toBe("/bulkhead/besteffort/podu-1");
    expect(cgroupParent(systemd, "bulkhead", makePod([full]))).toBe("bulkhead-podu_1.slice");
  });
  test("settings only where there is a controller", () => {
    const v2 = { version: "v2", driver: "cgroupfs", controllers: ["cpu"] } as const;
    expect(podCgroupSettings(v2, makePod([full]), 100)).toEqual([
      { controller: "cpu", file: "cpu.weight", value: "39" },
      { controller: "cpu", file: "cpu.max", value: "100000 100000" },
    ]);
  });
});
