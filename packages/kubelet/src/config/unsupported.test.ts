import type { Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { unsupportedFields } from "./unsupported.ts";

const fieldsOf = (spec: Partial<NonNullable<Pod["spec"]>>): string[] =>
  unsupportedFields({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {},
    spec: { containers: [{ name: "a" }], ...spec },
  }).map(({ field }) => field);

describe("what this node cannot do", () => {
  test("an ordinary pod asks for none of it", () => {
    expect(fieldsOf({ hostUsers: false, os: { name: "linux" }, runtimeClassName: "" })).toEqual([]);
  });
  test.each([
    [{ runtimeClassName: "gvisor" }, "spec.runtimeClassName"],
    [{ overhead: { cpu: "1" } }, "spec.overhead"],
    [{ os: { name: "windows" } }, "spec.os"],
    [{ hostUsers: false, hostPID: true }, "spec.hostUsers"],
    [
      { containers: [{ name: "a", volumeDevices: [{ name: "v", devicePath: "/d" }] }] },
      "spec.containers[*].volumeDevices",
    ],
  ])("%j names %s", (spec, field) => {
    expect(fieldsOf(spec)).toEqual([field]);
  });
});
