import type { Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { limitsStorage, overuse } from "./storage.ts";

const makePod = (limit: string | undefined, volumes: NonNullable<NonNullable<Pod["spec"]>["volumes"]> = []): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: {
    volumes,
    containers: [
      { name: "app", ...(limit === undefined ? {} : { resources: { limits: { "ephemeral-storage": limit } } }) },
    ],
  },
});

const judge = (pod: Pod, dir: number, layer: number) =>
  overuse(pod, { emptyDirs: new Map([["cache", dir]]), containers: new Map([["app", layer]]) })?.message;

describe("use of the disk", () => {
  test("a pod without limits is not measured", () => {
    expect(limitsStorage(makePod(undefined, [{ name: "cache", emptyDir: {} }]))).toBe(false);
    expect(
      limitsStorage(makePod(undefined, [{ name: "cache", emptyDir: { medium: "Memory", sizeLimit: "1Ki" } }])),
    ).toBe(false);
  });
  test("a volume over its limit", () => {
    const pod = makePod(undefined, [{ name: "cache", emptyDir: { sizeLimit: "1Ki" } }]);
    expect(judge(pod, 1024, 0)).toBeUndefined();
    expect(judge(pod, 1025, 0)).toBe('Usage of EmptyDir volume "cache" exceeds the limit "1Ki". ');
  });
  test("a container over its limit", () => {
    expect(judge(makePod("1Ki"), 0, 1025)).toBe('Container app exceeded its local ephemeral storage limit "1Ki". ');
  });
  test("volumes count toward the pod's whole", () => {
    expect(judge(makePod("1Ki", [{ name: "cache", emptyDir: {} }]), 600, 600)).toContain("exceeds the total limit");
    expect(judge(makePod("1Ki", [{ name: "cache", emptyDir: {} }]), 400, 600)).toBeUndefined();
  });
});
