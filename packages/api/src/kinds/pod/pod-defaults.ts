import type { Container, Pod, PodSpec, PodStatus, ResourceRequirements } from "../../generated/types.ts";
import { ownValue } from "../own-value.ts";
import { isHugePages, mayOvercommit, type ResourceList } from "../resources.ts";
import { defaultPodSpec } from "./pod-spec-defaults.ts";
import { totalResources } from "./total-resources.ts";

/** A limit without a request is a request too. */
function requestLimits(resources: ResourceRequirements | undefined): void {
  if (resources?.limits === undefined) return;
  const requests: ResourceList = { ...resources.requests };
  let added = false;
  for (const name in resources.limits) {
    if (ownValue(requests, name) !== undefined) continue;
    requests[name] = resources.limits[name] as string | number;
    added = true;
  }
  if (added) resources.requests = requests;
}

/** On the host's network a container's port is the host's. */
function defaultHostPorts(containers: readonly Container[] | undefined): void {
  for (const container of containers ?? []) {
    for (const port of container.ports ?? []) port.hostPort ??= port.containerPort;
  }
}

const podLevel = (name: string): boolean => name === "cpu" || name === "memory" || isHugePages(name);

/** Requests and huge page limits of the pod as a whole follow from its containers' and from its own limits. */
function defaultPodResources(spec: PodSpec): void {
  const { resources } = spec;
  if (resources?.limits === undefined && resources?.requests === undefined) return;
  const limits: ResourceList = { ...resources.limits };
  for (const [name, amount] of Object.entries(totalResources(spec, "limits"))) {
    if (isHugePages(name) && ownValue(resources.requests, name) === undefined) limits[name] ??= amount;
  }
  if (Object.keys(limits).length > 0) resources.limits = limits;
  if (resources.limits === undefined) return;
  const requests: ResourceList = { ...resources.requests };
  for (const [name, amount] of Object.entries(totalResources(spec, "requests"))) {
    if (podLevel(name) && mayOvercommit(name)) requests[name] ??= amount;
  }
  for (const [name, amount] of Object.entries(resources.limits)) if (podLevel(name)) requests[name] ??= amount;
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

/** podIP and podIPs, hostIP and hostIPs: the first of the list is the one. */
function joinAddresses(status: PodStatus): void {
  if (status.podIP !== undefined && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (status.podIP === undefined && status.podIPs?.[0]?.ip !== undefined) status.podIP = status.podIPs[0].ip;
}

/** Defaults of a Pod. The draft is in wire form. */
export function defaultPod(pod: Pod): void {
  const spec = pod.spec;
  if (spec === undefined) return;
  for (const container of spec.containers ?? []) requestLimits(container.resources);
  for (const container of spec.initContainers ?? []) requestLimits(container.resources);
  if (spec.resources !== undefined) defaultPodResources(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) {
    defaultHostPorts(spec.containers);
    defaultHostPorts(spec.initContainers);
  }
  defaultPodSpec(spec);
  if (pod.status !== undefined) joinAddresses(pod.status);
}
