import type { Pod } from "@bulkhead/api";
import { describe, expect, test } from "vitest";
import { unsupportedCapabilities, unsupportedFields, wantsHostPorts } from "./unsupported.ts";

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
    [{ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }, "spec.securityContext.sysctls"],
    [
      { hostNetwork: true, securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] } },
      "spec.securityContext.sysctls",
    ],
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

test("ports of the host, unless its network is the pod's", () => {
  const of = (hostNetwork: boolean, hostPort?: number) =>
    wantsHostPorts({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {},
      spec: { hostNetwork, containers: [{ name: "a", ports: [{ containerPort: 80, hostPort }] }] },
    });
  expect([of(false), of(false, 80), of(true, 80)]).toEqual([false, true, false]);
});

test("capabilities that the runtime does not hold", () => {
  const held = new Set(["chown", "net_admin"]);
  const of = (...add: string[]) =>
    unsupportedCapabilities(
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {},
        spec: {
          containers: [{ name: "a" }],
          initContainers: [{ name: "b", securityContext: { capabilities: { add, drop: ["SYS_TIME"] } } }],
        },
      },
      held,
    );
  expect([of(), of("NET_ADMIN", "CAP_CHOWN"), of("ALL")]).toEqual([[], [], []]);
  expect(of("NET_ADMIN", "SYS_TIME")).toMatchObject([
    { field: "spec.containers[*].securityContext.capabilities.add", says: expect.stringContaining("SYS_TIME") },
  ]);
});
