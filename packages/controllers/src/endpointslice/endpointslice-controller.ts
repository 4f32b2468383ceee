import { type EndpointSlice, selectorFromSet } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, splitKey, work } from "../controller.ts";
import { Expectations } from "../expectations.ts";
import { messageOf } from "../failure-message.ts";
import { selectsPods } from "../pod/service-endpoint.ts";
import { TriggerTimes } from "../pod/trigger-time.ts";
import { queueServices } from "../service-watch.ts";
import { applySlices } from "./apply-slices.ts";
import { managedByLabel, planSlices, serviceNameLabel, sliceController } from "./plan.ts";

/** Writes the EndpointSlices of Services with a selector. */
export const endpointSliceController: ControllerDefinition = {
  name: "endpointslice",
  identity: "system:serviceaccount:kube-system:endpointslice-controller",
  clusterRole: "system:controller:endpointslice-controller",
  component: "endpoint-slice-controller",
  start,
};

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, events, log, now } = context;
  const queue = createWorkqueue({ name: "endpointslice", log });
  const { services, pods } = queueServices(context, queue);
  const slices = informers.of(resources.endpointSlices);
  const nodes = informers.of(resources.nodes);
  const triggerTimes = new TriggerTimes();
  const expectations = new Expectations<EndpointSlice>(slices, now);
  slices.onChange((current, previous) => {
    const slice = current ?? previous;
    const service = slice?.metadata.labels?.[serviceNameLabel];
    if (slice?.metadata.labels?.[managedByLabel] === sliceController && service !== undefined)
      queue.add(`${slice.metadata.namespace ?? ""}/${service}`);
  });

  async function sync(key: string): Promise<void> {
    const name = splitKey(key);
    const service = services.get(name);
    if (service === undefined || service.metadata.deletionTimestamp !== undefined) {
      // Owner references let the garbage collector remove the slices.
      triggerTimes.forget(key);
      expectations.forget(key);
      return;
    }
    if (!selectsPods(service) || !expectations.settled(key)) return;
    const own = slices
      .list(name.namespace)
      .filter(
        (slice) =>
          slice.metadata.labels?.[serviceNameLabel] === name.name &&
          slice.metadata.labels[managedByLabel] === sliceController &&
          slice.metadata.deletionTimestamp === undefined,
      );
    const selector = selectorFromSet(service.spec?.selector);
    const selected = pods.list(name.namespace).filter((pod) => selector.matches(pod.metadata.labels));
    const steps = planSlices({
      service,
      pods: selected,
      slices: own,
      node: (node) => nodes.get({ namespace: "", name: node }),
      triggerTime: triggerTimes.next(key, service, selected),
    });
    try {
      await applySlices(client, expectations, key, steps);
      triggerTimes.settle(key);
    } catch (error) {
      const message = messageOf(error);
      if (!hasReason(error, "Conflict", "Forbidden", "NotFound"))
        events.event(
          service,
          "Warning",
          "FailedToUpdateEndpointSlices",
          `Error updating Endpoint Slices for Service ${key}: ${message}`,
        );
      throw error;
    }
  }

  await work(context, queue, 5, sync);
}
