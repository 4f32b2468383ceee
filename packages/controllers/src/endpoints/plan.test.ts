import type { Pod, Service } from "@bulkhead/api";
import { describe, expect, it } from "vitest";
import { planSlices } from "../endpointslice/plan.ts";
import { planMirror } from "../endpointslice-mirroring/plan.ts";
import { TriggerTimes } from "../pod/trigger-time.ts";
import { makePod } from "../test-objects.ts";
import { maxAddresses, planEndpoints } from "./plan.ts";

const service = (spec: NonNullable<Service["spec"]>): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "n", name: "web", uid: "service", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { ipFamilies: ["IPv4"], selector: { app: "a" }, ...spec },
});

/** A pod on a node with an address. */
function at(
  ip: string,
  init: Parameters<typeof makePod>[0] & {
    readonly ports?: ReadonlyArray<{ name: string; containerPort: number }>;
  } = {},
): Pod {
  const pod = makePod({ node: "node-1", ready: true, ...init });
  const containers = [{ name: "c", image: "x", ports: [...(init.ports ?? [])] }];
  return { ...pod, spec: { ...pod.spec, containers }, status: { ...pod.status, podIP: ip, podIPs: [{ ip }] } };
}

const subsets = (one: Service, pods: readonly Pod[]) => {
  const plan = planEndpoints(one, pods, undefined, undefined);
  if (plan.kind === "none") throw new Error("nothing planned");
  return (plan.endpoints.subsets ?? []).map((subset) => ({
    ready: subset.addresses?.map((address) => address.ip) ?? [],
    notReady: subset.notReadyAddresses?.map((address) => address.ip) ?? [],
    ports: subset.ports?.map((port) => `${port.name ?? ""}:${port.port}`) ?? [],
  }));
};

const slices = (one: Service, pods: readonly Pod[]) =>
  planSlices({ service: one, pods, slices: [], node: () => undefined, triggerTime: undefined });

describe("endpoints of a Service", () => {
  const plain = service({ ports: [{ port: 80, targetPort: 8080 }] });

  it("has ready and unready pods apart, and none that has ended, leaves or has no address", () => {
    const pods = [
      at("10.0.0.2"),
      at("10.0.0.1"),
      at("10.0.0.3", { ready: false }),
      at("10.0.0.4", { phase: "Succeeded" }),
      at("10.0.0.5", { deleting: true }),
      makePod({ node: "node-1", ready: true }),
    ];
    expect(subsets(plain, pods)).toEqual([
      { ready: ["10.0.0.1", "10.0.0.2"], notReady: ["10.0.0.3"], ports: [":8080"] },
    ]);
    const endpoints = slices(plain, pods).create[0]?.endpoints ?? [];
    // A slice keeps those that leave, so that connections can be ended in order.
    expect(endpoints.map((one) => [one.addresses[0], one.conditions])).toEqual([
      ["10.0.0.2", { ready: true, serving: true, terminating: false }],
      ["10.0.0.1", { ready: true, serving: true, terminating: false }],
      ["10.0.0.3", { ready: false, serving: false, terminating: false }],
      ["10.0.0.5", { ready: false, serving: true, terminating: true }],
    ]);
  });

  it("publishes unready ones as ready where the Service says so, with host names in its domain", () => {
    const headless = service({ clusterIP: "None", publishNotReadyAddresses: true, ports: [{ port: 80 }] });
    const pods = [at("10.0.0.1", { ready: false, spec: { hostname: "s-0", subdomain: "web" } })];
    const named = { ...pods[0]!, spec: { ...pods[0]!.spec, containers: [], hostname: "s-0", subdomain: "web" } };
    const plan = planEndpoints(headless, [named], undefined, undefined);
    if (plan.kind === "none") throw new Error("nothing planned");
    expect(plan.endpoints.metadata.labels).toMatchObject({ "service.kubernetes.io/headless": "" });
    expect(plan.endpoints.subsets?.[0]?.addresses?.[0]).toMatchObject({ ip: "10.0.0.1", hostname: "s-0" });
    expect(slices(headless, [named]).create[0]?.endpoints?.[0]).toMatchObject({
      hostname: "s-0",
      conditions: { ready: true, serving: false },
    });
  });

  it("groups pods by what a named port is for each", () => {
    const named = service({ ports: [{ name: "http", port: 80, targetPort: "web" }] });
    const pods = [
      at("10.0.0.1", { ports: [{ name: "web", containerPort: 9000 }] }),
      at("10.0.0.2", { ports: [{ name: "web", containerPort: 9001 }] }),
      at("10.0.0.3"),
    ];
    expect(subsets(named, pods)).toEqual([
      { ready: ["10.0.0.1"], notReady: [], ports: ["http:9000"] },
      { ready: ["10.0.0.2"], notReady: [], ports: ["http:9001"] },
    ]);
    expect(slices(named, pods).create.map((slice) => slice.ports?.map((port) => port.port))).toEqual([
      [9000],
      [9001],
      [],
    ]);
  });

  it("keeps the first thousand, the ready ones before others, and says that it is not all", () => {
    const ip = (id: number): string => `10.1.${Math.floor(id / 250)}.${id % 250}`;
    const pods = Array.from({ length: maxAddresses + 5 }, (_, id) => at(ip(id), { ready: id >= 10 }));
    const plan = planEndpoints(plain, pods, undefined, undefined);
    if (plan.kind === "none") throw new Error("nothing planned");
    expect(plan.endpoints.metadata.annotations).toMatchObject({ "endpoints.kubernetes.io/over-capacity": "truncated" });
    expect(plan.endpoints.subsets?.[0]?.addresses).toHaveLength(995);
    expect(plan.endpoints.subsets?.[0]?.notReadyAddresses).toHaveLength(5);
    expect(slices(plain, pods).create.flatMap((slice) => slice.endpoints ?? [])).toHaveLength(maxAddresses + 5);
  });

  it("writes nothing when nothing changed, and undoes a stranger's change", () => {
    const pods = [at("10.0.0.1")];
    const first = planEndpoints(plain, pods, undefined, "2026-01-01T00:00:00Z");
    if (first.kind === "none") throw new Error("nothing planned");
    expect(planEndpoints(plain, pods, first.endpoints, undefined).kind).toBe("none");
    expect(planEndpoints(plain, pods, { ...first.endpoints, subsets: [] }, undefined).kind).toBe("update");
  });

  it("serves both families of a dual-stack Service", () => {
    const dual = service({ ipFamilies: ["IPv4", "IPv6"], ports: [{ port: 80 }] });
    const pod = at("10.0.0.1");
    const both = { ...pod, status: { ...pod.status, podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] } };
    expect(slices(dual, [both]).create.map((slice) => [slice.addressType, slice.endpoints?.[0]?.addresses])).toEqual([
      ["IPv4", ["10.0.0.1"]],
      ["IPv6", ["fd00::1"]],
    ]);
  });
});

describe("mirroring", () => {
  it("says the same in slices, by family, and takes them away with the source", () => {
    const endpoints = {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { namespace: "n", name: "out", uid: "e" },
      subsets: [
        {
          addresses: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }],
          notReadyAddresses: [{ ip: "192.0.2.2" }],
          ports: [{ port: 80 }],
        },
      ],
    };
    const plan = planMirror(endpoints, []);
    expect(
      plan.create.map((slice) => [
        slice.addressType,
        slice.endpoints?.map((one) => [one.addresses[0], one.conditions?.ready]),
      ]),
    ).toEqual([
      [
        "IPv4",
        [
          ["192.0.2.1", true],
          ["192.0.2.2", false],
        ],
      ],
      ["IPv6", [["2001:db8::1", true]]],
    ]);
    expect(planMirror(undefined, plan.create).remove).toHaveLength(2);
  });
});

describe("trigger times", () => {
  it("tells the first of the new changes once it is written, and nothing for a deletion", () => {
    const times = new TriggerTimes();
    const one = service({});
    const pods = [
      makePod({ name: "a", ready: true, readySince: "2026-01-01T00:00:05Z" }),
      makePod({ name: "b", ready: true, readySince: "2026-01-01T00:00:09Z" }),
    ];
    expect(times.next("k", one, [])).toBe("2026-01-01T00:00:00Z");
    times.settle("k");
    expect(times.next("k", one, pods)).toBe("2026-01-01T00:00:05Z");
    // The write failed: the same again.
    expect(times.next("k", one, pods)).toBe("2026-01-01T00:00:05Z");
    times.settle("k");
    expect(times.next("k", one, pods.slice(1))).toBeUndefined();
  });
});
