import { describe, expect, test } from "vitest";
import type { EndpointSlice, Endpoints } from "../generated/types.ts";
import { endpointSliceRow } from "./endpoint-slice.ts";
import { endpointsRow } from "./endpoints.ts";

const facts = { now: "2026-01-01T00:00:00Z", randomSuffix: (): string => "bcdfg" };

function makeSlice(parts: Partial<EndpointSlice> = {}): EndpointSlice {
  const slice: EndpointSlice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "web-1", namespace: "n", generation: 1 },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"] }],
    ports: [{ port: 80 }],
    ...parts,
  };
  endpointSliceRow.defaults(slice);
  return slice;
}

const texts = (errors: readonly { readonly field: string; readonly message: string }[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);
const causes = (slice: EndpointSlice): string[] => texts(endpointSliceRow.validateCreate(slice));

describe("addresses", () => {
  test.each(["127.0.0.1", "169.254.169.254", "224.0.0.1", "0.0.0.0"])("%s is no endpoint", (address) => {
    expect(causes(makeSlice({ endpoints: [{ addresses: [address] }] }))).not.toEqual([]);
  });

  test("are of the slice's family", () => {
    expect(causes(makeSlice({ endpoints: [{ addresses: ["2001:db8::1"] }] }))).toEqual([
      'endpoints[0].addresses: Invalid value: "2001:db8::1": must be an IPv4 address',
    ]);
    expect(causes(makeSlice({ addressType: "IPv6", endpoints: [{ addresses: ["2001:db8::1"] }] }))).toEqual([]);
  });

  test("are 1 to 100 an endpoint, of 1000 endpoints at most", () => {
    expect(causes(makeSlice({ endpoints: [{ addresses: [] }] }))).toEqual([
      "endpoints[0].addresses: Required value: must contain at least 1 address",
    ]);
    const addresses = Array.from({ length: 101 }, (_, index) => `10.0.0.${index + 1}`);
    expect(causes(makeSlice({ endpoints: [{ addresses }] }))).toEqual([
      "endpoints[0].addresses: Too many: 101: must have at most 100 items",
    ]);
    const endpoints = Array.from({ length: 1001 }, () => ({ addresses: ["10.0.0.1"] }));
    expect(causes(makeSlice({ endpoints }))).toEqual(["endpoints: Too many: 1001: must have at most 1000 items"]);
  });
});

test("ports have names of their own and a protocol", () => {
  expect(makeSlice().ports).toEqual([{ name: "", port: 80, protocol: "TCP" }]);
  expect(causes(makeSlice({ ports: [{ port: 80 }, { port: 81 }] }))).toEqual(['ports[1].name: Duplicate value: ""']);
});

test("the family stays; endpoints that stand are not judged again", () => {
  const old = makeSlice({ endpoints: [{ addresses: ["127.0.0.1"] }] });
  const same = makeSlice({ endpoints: [{ addresses: ["127.0.0.1"] }] });
  expect(endpointSliceRow.validateUpdate(same, old)).toEqual([]);
  const other = makeSlice({ addressType: "IPv6", endpoints: [] });
  expect(texts(endpointSliceRow.validateUpdate(other, old))).toEqual([
    'addressType: Invalid value: "IPv6": field is immutable',
  ]);
});

test("counts what its readers see: endpoints, ports and labels", () => {
  const old = makeSlice();
  const generation = (next: EndpointSlice): number | undefined => {
    endpointSliceRow.prepareUpdate(next, old, facts);
    return next.metadata.generation;
  };
  expect(generation(makeSlice())).toBe(1);
  expect(generation(makeSlice({ endpoints: [] }))).toBe(2);
  expect(generation(makeSlice({ metadata: { name: "web-1", namespace: "n", labels: { a: "b" } } }))).toBe(2);
  expect(generation(makeSlice({ metadata: { name: "web-1", namespace: "n", annotations: { a: "b" } } }))).toBe(1);
});

test("Endpoints refuse the same addresses", () => {
  const endpoints: Endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "web", namespace: "n" },
    subsets: [{ addresses: [{ ip: "169.254.169.254" }], ports: [{ port: 80 }] }],
  };
  endpointsRow.defaults(endpoints);
  expect(texts(endpointsRow.validateCreate(endpoints))).toEqual([
    'subsets[0].addresses[0].ip: Invalid value: "169.254.169.254": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  ]);
});
