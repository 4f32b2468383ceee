import type { Endpoint, EndpointSlice } from "@bulkhead/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Filling, fillSlices, maxEndpointsPerSlice, type SliceSteps } from "./fill-slices.ts";

const port = { name: "http", port: 80, protocol: "TCP" };
const endpoint = (id: number): Endpoint => ({
  addresses: [`10.0.${Math.floor(id / 256)}.${id % 256}`],
  conditions: { ready: true },
  targetRef: { kind: "Pod", name: `p${id}`, uid: `u${id}` },
});

const filling = (wanted: readonly number[], existing: readonly EndpointSlice[]): Filling => ({
  wanted: wanted.length === 0 ? [] : [{ ports: [port], endpoints: wanted.map(endpoint) }],
  existing,
  labels: { l: "1" },
  triggerTime: undefined,
  placeholder: true,
  draft: () => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {},
    addressType: "IPv4",
    endpoints: [],
  }),
});

let names = 0;
function apply(before: readonly EndpointSlice[], steps: SliceSteps): EndpointSlice[] {
  const removed = new Set(steps.remove.map((slice) => slice.metadata.name));
  const updated = new Map(steps.update.map((slice) => [slice.metadata.name, slice]));
  return [
    ...before
      .filter((slice) => !removed.has(slice.metadata.name))
      .map((slice) => updated.get(slice.metadata.name) ?? slice),
    ...steps.create.map((slice) => ({ ...slice, metadata: { ...slice.metadata, name: `s${++names}` } })),
  ];
}

const ids = (slices: readonly EndpointSlice[]): string[] =>
  slices.flatMap((slice) => (slice.endpoints ?? []).map((one) => one.targetRef?.uid ?? "")).sort();

describe("filling endpoint slices", () => {
  it("has every endpoint once, no slice too full, and nothing to do the second time", () => {
    const some = fc.uniqueArray(fc.nat({ max: 400 }), { maxLength: 350 });
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 4 }), (history) => {
        let slices: EndpointSlice[] = [];
        for (const wanted of history) {
          slices = apply(slices, fillSlices(filling(wanted, slices)));
          expect(ids(slices)).toEqual(wanted.map((id) => `u${id}`).sort());
          for (const slice of slices) expect(slice.endpoints?.length).toBeLessThanOrEqual(maxEndpointsPerSlice);
          expect(fillSlices(filling(wanted, slices))).toEqual({ create: [], update: [], remove: [] });
          expect(slices.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("touches one slice when one endpoint goes", () => {
    const all = Array.from({ length: 250 }, (_, id) => id);
    const slices = apply([], fillSlices(filling(all, [])));
    const steps = fillSlices(
      filling(
        all.filter((id) => id !== 120),
        slices,
      ),
    );
    expect({ create: steps.create.length, update: steps.update.length, remove: steps.remove.length }).toEqual({
      create: 0,
      update: 1,
      remove: 0,
    });
  });

  it("makes the placeholder the first real slice, and the last slice the placeholder", () => {
    const empty = apply([], fillSlices(filling([], [])));
    expect(empty).toHaveLength(1);
    const first = fillSlices(filling([1], empty));
    expect({ create: first.create.length, update: first.update.length }).toEqual({ create: 0, update: 1 });
    const last = fillSlices(filling([], apply(empty, first)));
    expect({ update: last.update.length, remove: last.remove.length }).toEqual({ update: 1, remove: 0 });
  });
});
