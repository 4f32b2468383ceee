import type { Pod, Service } from "@bulkhead/api";
import { selectorFromSet } from "@bulkhead/api";
import { type Informer, resources, type Workqueue } from "@bulkhead/client";
import { type ControllerContext, keyOf } from "./controller.ts";
import { isPodReady } from "./pod/pod-state.ts";
import { selectsPods } from "./pod/service-endpoint.ts";

/** What of a pod a Service can see; a change of anything else wakes nobody. */
const visible = (pod: Pod): string =>
  JSON.stringify([
    pod.metadata.labels,
    pod.metadata.deletionTimestamp,
    pod.status?.phase,
    pod.status?.podIPs,
    isPodReady(pod),
    pod.spec?.nodeName,
    pod.spec?.hostname,
  ]);

/** Queues a Service when it or a pod that it selects, or selected, changes. */
export function queueServices(
  context: ControllerContext,
  queue: Workqueue,
): { readonly services: Informer<Service>; readonly pods: Informer<Pod> } {
  const services = context.informers.of(resources.services);
  const pods = context.informers.of(resources.pods);
  services.onChange((current, previous) => {
    const service = current ?? previous;
    if (service !== undefined) queue.add(keyOf(service));
  });
  pods.onChange((current, previous) => {
    if (current !== undefined && previous !== undefined && visible(current) === visible(previous)) return;
    for (const service of services.list((current ?? previous)?.metadata.namespace)) {
      if (!selectsPods(service)) continue;
      const selector = selectorFromSet(service.spec?.selector);
      if ([current, previous].some((pod) => pod !== undefined && selector.matches(pod.metadata.labels)))
        queue.add(keyOf(service));
    }
  });
  return { services, pods };
}
