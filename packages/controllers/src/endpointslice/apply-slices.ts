import type { EndpointSlice } from "@bulkhead/api";
import { type Client, hasReason, resources } from "@bulkhead/client";
import type { Expectations } from "../expectations.ts";
import type { SliceSteps } from "./fill-slices.ts";

/** Carries out a plan. New slices come first, so that no endpoint is nowhere in between. */
export async function applySlices(
  client: Client,
  expectations: Expectations<EndpointSlice>,
  key: string,
  steps: SliceSteps,
): Promise<void> {
  for (const slice of steps.create) expectations.created(key, await client.create(resources.endpointSlices, slice));
  for (const slice of steps.update) await client.update(resources.endpointSlices, slice);
  for (const slice of steps.remove) {
    try {
      await client.delete(
        resources.endpointSlices,
        { namespace: slice.metadata.namespace ?? "", name: slice.metadata.name ?? "" },
        { preconditions: { uid: slice.metadata.uid ?? "" } },
      );
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}
