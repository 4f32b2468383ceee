import type { DiscoveryEndpointPort, Endpoint, EndpointSlice } from "@bulkhead/api";
import { canonical } from "../canonical.ts";
import { triggerTimeAnnotation } from "../pod/service-endpoint.ts";

/** No slice holds more; watchers get a slice whole at every change. */
export const maxEndpointsPerSlice = 100;

export interface SliceSteps {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

export interface Filling {
  /** Endpoints by the ports that they share. */
  readonly wanted: ReadonlyArray<{
    readonly ports: readonly DiscoveryEndpointPort[];
    readonly endpoints: readonly Endpoint[];
  }>;
  /** Slices of the same family that we manage. */
  readonly existing: readonly EndpointSlice[];
  readonly labels: Readonly<Record<string, string>>;
  readonly triggerTime: string | undefined;
  /** Keep an empty slice where there is no endpoint, so that it can be seen that there is none. */
  readonly placeholder: boolean;
  readonly draft: () => EndpointSlice;
}

/** Which endpoint is which, across changes of its conditions. */
const identity = (endpoint: Endpoint): string => `${endpoint.targetRef?.uid ?? ""}/${endpoint.addresses.join(",")}`;

/**
 * Pure: endpoints stay in the slice where they are, so that few slices change; new ones fill what room there is, then
 * new slices.
 */
export function fillSlices(filling: Filling): SliceSteps {
  const create: EndpointSlice[] = [];
  const update: EndpointSlice[] = [];
  const remove: EndpointSlice[] = [];
  const unused = new Set(filling.existing);
  const groups = filling.wanted.length === 0 && filling.placeholder ? [{ ports: [], endpoints: [] }] : filling.wanted;
  for (const { ports, endpoints } of groups) {
    const key = canonical(ports);
    const own = [...unused].filter((slice) => canonical(slice.ports ?? []) === key);
    // A placeholder without ports becomes the first slice of real endpoints.
    if (own.length === 0) {
      const empty = [...unused].find((slice) => (slice.endpoints ?? []).length === 0);
      if (empty !== undefined) own.push(empty);
    }
    for (const slice of own) unused.delete(slice);
    const left = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]));
    const kept = own.map((slice) => {
      const stays: Endpoint[] = [];
      for (const endpoint of slice.endpoints ?? []) {
        const wanted = left.get(identity(endpoint));
        if (wanted === undefined) continue;
        left.delete(identity(endpoint));
        stays.push(wanted);
      }
      return { slice, stays };
    });
    const news = [...left.values()];
    for (const one of kept) one.stays.push(...news.splice(0, Math.max(0, maxEndpointsPerSlice - one.stays.length)));
    const filled = kept.filter(({ stays }) => stays.length > 0);
    const spare = kept.filter(({ stays }) => stays.length === 0);
    if (filled.length === 0 && news.length === 0) {
      const [keep] = spare.splice(0, 1);
      if (keep !== undefined) filled.push(keep);
      else create.push(sliceOf(filling, filling.draft(), ports, []));
    }
    for (const { slice, stays } of filled) {
      const next = sliceOf(filling, slice, ports, stays);
      if (differs(slice, next)) update.push(next);
    }
    remove.push(...spare.map(({ slice }) => slice));
    while (news.length > 0) create.push(sliceOf(filling, filling.draft(), ports, news.splice(0, maxEndpointsPerSlice)));
  }
  const spare = [...remove, ...unused];
  // A slice that would go is filled anew rather than another made: watchers see one change less.
  for (let made = create.at(-1), old = spare.at(-1); made !== undefined && old !== undefined; ) {
    create.pop();
    spare.pop();
    const { labels, annotations } = made.metadata;
    update.push({ ...made, metadata: { ...old.metadata, labels, annotations } });
    made = create.at(-1);
    old = spare.at(-1);
  }
  return { create, update, remove: spare };
}

const differs = (before: EndpointSlice, after: EndpointSlice): boolean =>
  canonical([before.endpoints ?? [], before.ports ?? [], before.metadata.labels ?? {}]) !==
  canonical([after.endpoints ?? [], after.ports ?? [], after.metadata.labels ?? {}]);

function sliceOf(
  filling: Filling,
  base: EndpointSlice,
  ports: readonly DiscoveryEndpointPort[],
  endpoints: readonly Endpoint[],
): EndpointSlice {
  const annotations = { ...base.metadata.annotations };
  delete annotations[triggerTimeAnnotation];
  if (filling.triggerTime !== undefined) annotations[triggerTimeAnnotation] = filling.triggerTime;
  return {
    ...base,
    metadata: { ...base.metadata, labels: { ...filling.labels }, annotations },
    endpoints: [...endpoints],
    ports: [...ports],
  };
}
