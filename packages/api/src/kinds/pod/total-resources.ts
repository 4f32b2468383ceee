import type { PodSpec } from "../../generated/types.ts";
import { addTo, largerOf, type ResourceList } from "../resources.ts";

/**
 * What all containers ask for together: the running ones with their sidecars, or an init container with the sidecars
 * before it where that is more.
 */
export function totalResources(spec: PodSpec, which: "requests" | "limits"): ResourceList {
  const running: ResourceList = {};
  const sidecars: ResourceList = {};
  let peak: ResourceList = {};
  for (const container of spec.containers ?? []) addTo(running, container.resources?.[which]);
  for (const container of spec.initContainers ?? []) {
    const own = container.resources?.[which];
    if (container.restartPolicy === "Always") {
      addTo(running, own);
      addTo(sidecars, own);
      peak = largerOf(peak, sidecars);
    } else {
      const withOwn = { ...sidecars };
      addTo(withOwn, own);
      peak = largerOf(peak, withOwn);
    }
  }
  return largerOf(running, peak);
}
