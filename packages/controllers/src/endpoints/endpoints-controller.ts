import { selectorFromSet } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, work } from "../controller.ts";
import { messageOf } from "../failure-message.ts";
import { selectsPods } from "../pod/service-endpoint.ts";
import { TriggerTimes } from "../pod/trigger-time.ts";
import { queueServices } from "../service-watch.ts";
import { planEndpoints } from "./plan.ts";

/** Writes the Endpoints of Services with a selector: for clients that do not read EndpointSlices. */
export const endpointsController: ControllerDefinition = {
  name: "endpoints",
  identity: "system:serviceaccount:kube-system:endpoint-controller",
  clusterRole: "system:controller:endpoint-controller",
  component: "endpoint-controller",
  start,
};

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, events, log } = context;
  const queue = createWorkqueue({ name: "endpoints", log });
  const { services, pods } = queueServices(context, queue);
  const endpoints = informers.of(resources.endpoints);
  const triggerTimes = new TriggerTimes();
  // Somebody else's change to what we keep is undone.
  endpoints.onChange((current, previous) => {
    const object = current ?? previous;
    if (object?.metadata.labels?.["endpoints.kubernetes.io/managed-by"] === "endpoint-controller")
      queue.add(keyOf(object));
  });

  async function sync(key: string): Promise<void> {
    const name = splitKey(key);
    const service = services.get(name);
    const current = endpoints.get(name);
    if (service === undefined) {
      triggerTimes.forget(key);
      // Leader election once kept locks in Endpoints of no Service: only what follows a Service is removed.
      if (current?.metadata.labels?.["endpoints.kubernetes.io/managed-by"] !== "endpoint-controller") return;
      try {
        await client.delete(resources.endpoints, name, { preconditions: { uid: current.metadata.uid ?? "" } });
      } catch (error) {
        if (!hasReason(error, "NotFound", "Conflict")) throw error;
      }
      return;
    }
    if (!selectsPods(service)) return;
    const selector = selectorFromSet(service.spec?.selector);
    const selected = pods.list(name.namespace).filter((pod) => selector.matches(pod.metadata.labels));
    const plan = planEndpoints(service, selected, current, triggerTimes.next(key, service, selected));
    try {
      switch (plan.kind) {
        case "none":
          break;
        case "create":
          await client.create(resources.endpoints, plan.endpoints);
          break;
        case "update":
          await client.update(resources.endpoints, plan.endpoints);
          break;
      }
      triggerTimes.settle(key);
    } catch (error) {
      if (hasReason(error, "Conflict", "AlreadyExists", "NotFound")) throw error;
      const message = messageOf(error);
      const reason = plan.kind === "create" ? "FailedToCreateEndpoint" : "FailedToUpdateEndpoint";
      const what = plan.kind === "create" ? "create endpoint for service" : "update endpoint";
      // A namespace on its way out takes nothing new; the Service goes too.
      if (!hasReason(error, "Forbidden"))
        events.event(service, "Warning", reason, `Failed to ${what} ${key}: ${message}`);
      throw error;
    }
  }

  await work(context, queue, 5, sync);
}
