import type { EndpointSlice } from "@bulkhead/api";
import { createWorkqueue, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, work } from "../controller.ts";
import { applySlices } from "../endpointslice/apply-slices.ts";
import { managedByLabel, serviceNameLabel } from "../endpointslice/plan.ts";
import { Expectations } from "../expectations.ts";
import { isMirrored, mirroringController, planMirror } from "./plan.ts";

/** Mirrors Endpoints kept by hand into EndpointSlices, which is what the network reads. */
export const endpointSliceMirroringController: ControllerDefinition = {
  name: "endpointslice-mirroring",
  identity: "system:serviceaccount:kube-system:endpointslicemirroring-controller",
  clusterRole: "system:controller:endpointslicemirroring-controller",
  component: "endpoint-slice-mirroring-controller",
  start,
};

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, log, now } = context;
  const services = informers.of(resources.services);
  const endpoints = informers.of(resources.endpoints);
  const slices = informers.of(resources.endpointSlices);
  const queue = createWorkqueue({ name: "endpointslice-mirroring", log });
  const expectations = new Expectations<EndpointSlice>(slices, now);
  for (const informer of [services, endpoints])
    informer.onChange((current, previous) => {
      const object = current ?? previous;
      if (object !== undefined) queue.add(keyOf(object));
    });
  slices.onChange((current, previous) => {
    const slice = current ?? previous;
    const name = slice?.metadata.labels?.[serviceNameLabel];
    if (slice?.metadata.labels?.[managedByLabel] === mirroringController && name !== undefined)
      queue.add(`${slice.metadata.namespace ?? ""}/${name}`);
  });

  async function sync(key: string): Promise<void> {
    if (!expectations.settled(key)) return;
    const name = splitKey(key);
    const source = endpoints.get(name);
    const wanted = source !== undefined && isMirrored(source, services.get(name)) ? source : undefined;
    const existing = slices
      .list(name.namespace)
      .filter(
        (slice) =>
          slice.metadata.labels?.[serviceNameLabel] === name.name &&
          slice.metadata.labels[managedByLabel] === mirroringController,
      );
    await applySlices(client, expectations, key, planMirror(wanted, existing));
  }

  await work(context, queue, 5, sync);
}
