import { describe, expect, test } from "vitest";
import type { Service, ServiceSpec } from "../../generated/types.ts";
import { serviceRow } from "./service-row.ts";
import { needsClusterIP, needsNodePorts, requestedClusterIP, setClusterIP } from "./service-traits.ts";

const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: (): string => "bcdfg" };

function makeService(spec: ServiceSpec = {}): Service {
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "n" },
    spec: { ports: [{ port: 80 }], ...spec },
  };
  serviceRow.defaults(service);
  return service;
}

/** As the apiserver creates it: prepared, and given an address where it needs one. */
function created(spec: ServiceSpec = {}): Service {
  const service = makeService(spec);
  serviceRow.prepareCreate(service, facts);
  if (needsClusterIP(service)) setClusterIP(service, "10.96.0.9");
  return service;
}

function updated(spec: ServiceSpec, old: Service): Service {
  const service = makeService(spec);
  serviceRow.prepareUpdate(service, old, facts);
  return service;
}

const texts = (errors: readonly { readonly field: string; readonly message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);
const causes = (service: Service): string[] => texts(serviceRow.validateCreate(service));
const changes = (next: Service, old: Service): string[] => texts(serviceRow.validateUpdate(next, old));

describe("addresses", () => {
  test("are allocated unless the client names one, says None, or has a name elsewhere", () => {
    const needs = (spec: ServiceSpec): boolean => needsClusterIP(makeService(spec));
    expect(needs({})).toBe(true);
    expect(needs({ clusterIP: "None" })).toBe(false);
    expect(needs({ clusterIP: "10.96.0.1" })).toBe(false);
    expect(needs({ type: "ExternalName", externalName: "a.example" })).toBe(false);
    expect(requestedClusterIP(makeService({ clusterIP: "10.96.0.1" }))).toBe("10.96.0.1");
    expect(requestedClusterIP(makeService({ clusterIP: "None" }))).toBeUndefined();
  });

  test("stand in both places", () => {
    expect(created({ clusterIP: "10.96.0.1" }).spec).toMatchObject({
      clusterIPs: ["10.96.0.1"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
    });
    expect(causes(created())).toEqual([]);
  });

  test("that are no addresses, or of the wrong family, are refused", () => {
    expect(causes(created({ clusterIP: "10.96.0.300" })).join()).toContain("must be a valid IP address");
    expect(causes(created({ ipFamilies: ["IPv6"] })).join()).toContain("not configured on this cluster");
    expect(causes(created({ ipFamilyPolicy: "RequireDualStack" })).join()).toContain(
      "not configured for dual-stack services",
    );
  });

  test("stay when a client applies its own file again", () => {
    const old = created();
    const next = updated({}, old);
    expect(next.spec?.clusterIP).toBe("10.96.0.9");
    expect(changes(next, old)).toEqual([]);
  });

  test("do not change while the Service lives", () => {
    const old = created();
    expect(changes(updated({ clusterIP: "10.96.0.10" }, old), old).join()).toContain("may not change once set");
    expect(changes(updated({ clusterIP: "None" }, old), old).join()).toContain("may not change once set");
  });

  test("are dropped with the type that had them", () => {
    const old = created();
    const next = updated({ type: "ExternalName", externalName: "a.example", ports: [] }, old);
    expect(next.spec).not.toHaveProperty("clusterIP");
    expect(next.spec).not.toHaveProperty("ipFamilies");
    expect(changes(next, old)).toEqual([]);
  });
});

describe("ports", () => {
  test("target themselves over TCP unless said", () => {
    expect(makeService().spec?.ports).toEqual([{ port: 80, protocol: "TCP", targetPort: 80 }]);
    expect(makeService({ ports: [{ port: 80, targetPort: "http" }] }).spec?.ports?.[0]?.targetPort).toBe("http");
  });

  test("have names where there are several, each once", () => {
    expect(causes(created({ ports: [{ port: 80 }, { port: 81 }] }))).toEqual([
      "spec.ports[0].name: Required value",
      "spec.ports[1].name: Required value",
    ]);
    const twice = created({
      ports: [
        { name: "a", port: 80 },
        { name: "a", port: 81 },
      ],
    });
    expect(causes(twice)).toEqual(['spec.ports[1].name: Duplicate value: "a"']);
  });

  test("are there, unless the Service is headless", () => {
    expect(causes(created({ ports: [] }))).toEqual(["spec.ports: Required value"]);
    expect(causes(created({ ports: [], clusterIP: "None", selector: { a: "b" } }))).toEqual([]);
  });

  test("on the node are for the types that have them, and stay", () => {
    expect(needsNodePorts(makeService({ type: "NodePort" }))).toBe(true);
    expect(needsNodePorts(makeService({ type: "LoadBalancer", allocateLoadBalancerNodePorts: false }))).toBe(false);
    expect(causes(created({ ports: [{ port: 80, nodePort: 30000 }] })).join()).toContain(
      "may not be used when `type` is 'ClusterIP'",
    );
    const old = created({ type: "NodePort", ports: [{ port: 80, nodePort: 30000 }] });
    expect(updated({ type: "NodePort" }, old).spec?.ports?.[0]?.nodePort).toBe(30000);
    const internal = updated({ type: "ClusterIP", ports: [{ port: 80, nodePort: 30000 }] }, old);
    expect(internal.spec?.ports?.[0]?.nodePort).toBeUndefined();
  });
});

describe("what reaches in from outside", () => {
  test("external addresses may not be the node's own (CVE-2021-25737)", () => {
    expect(causes(created({ externalIPs: ["169.254.169.254"] })).join()).toContain("link-local range");
    expect(causes(created({ externalIPs: ["127.0.0.1"] })).join()).toContain("loopback range");
  });

  test("external addresses are warned of, being a way to take over traffic", () => {
    expect(serviceRow.warnings(makeService({ externalIPs: ["192.0.2.1"] }), undefined).join()).toContain("externalIPs");
    expect(serviceRow.warnings(makeService(), undefined)).toEqual([]);
  });

  test("source ranges are for load balancers and are ranges", () => {
    expect(causes(created({ loadBalancerSourceRanges: ["10.0.0.0/8"] })).join()).toContain(
      "may only be used when `type` is 'LoadBalancer'",
    );
    const wrong = created({ type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.1/8"] });
    expect(causes(wrong).join()).toContain("must not have bits set beyond the prefix length");
  });

  test("a policy for outside traffic is only where there is such traffic", () => {
    expect(makeService({ type: "NodePort" }).spec?.externalTrafficPolicy).toBe("Cluster");
    expect(causes(created({ externalTrafficPolicy: "Local" })).join()).toContain(
      "may only be set for externally-accessible services",
    );
  });

  test("the status of a load balancer is not for other types", () => {
    const status = serviceRow.subresources["status"];
    const service = created();
    service.status = { loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" }] } };
    expect(texts(status?.validateUpdate(service, service) ?? [])).toEqual([
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ]);
  });
});

describe("session affinity", () => {
  test("lasts three hours unless said, a day at most", () => {
    const service = created({ sessionAffinity: "ClientIP" });
    expect(service.spec?.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10800 } });
    const long = created({
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } },
    });
    expect(causes(long).join()).toContain("must be greater than 0 and less than 86400");
  });
});
