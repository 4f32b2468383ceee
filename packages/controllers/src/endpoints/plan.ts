import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service } from "@bulkhead/api";
import { canonical } from "../canonical.ts";
import {
  type AddressFamily,
  headlessLabel,
  isHeadless,
  type ServiceEndpoint,
  serviceEndpoint,
  targetPort,
  triggerTimeAnnotation,
} from "../pod/service-endpoint.ts";

const managedBy = "endpoints.kubernetes.io/managed-by";
const overCapacity = "endpoints.kubernetes.io/over-capacity";
/** No more addresses stand in one Endpoints object; EndpointSlices have them all. */
export const maxAddresses = 1000;

export type EndpointsPlan =
  | { readonly kind: "create"; readonly endpoints: Endpoints }
  | { readonly kind: "update"; readonly endpoints: Endpoints }
  | { readonly kind: "none" };

/** Pure: what the Endpoints of a Service with a selector should be, against what is. */
export function planEndpoints(
  service: Service,
  pods: readonly Pod[],
  current: Endpoints | undefined,
  triggerTime: string | undefined,
): EndpointsPlan {
  const { subsets, truncated } = subsetsOf(service, pods);
  const labels = {
    ...service.metadata.labels,
    [managedBy]: "endpoint-controller",
    ...(isHeadless(service) ? { [headlessLabel]: "" } : {}),
  };
  if (!isHeadless(service)) delete labels[headlessLabel];
  const same =
    current !== undefined &&
    canonical(current.subsets ?? []) === canonical(subsets) &&
    canonical(current.metadata.labels ?? {}) === canonical(labels) &&
    (current.metadata.annotations?.[overCapacity] !== undefined) === truncated;
  if (same) return { kind: "none" };
  const annotations = { ...current?.metadata.annotations };
  delete annotations[triggerTimeAnnotation];
  delete annotations[overCapacity];
  if (triggerTime !== undefined) annotations[triggerTimeAnnotation] = triggerTime;
  if (truncated) annotations[overCapacity] = "truncated";
  const endpoints: Endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      ...(current?.metadata ?? { name: service.metadata.name, namespace: service.metadata.namespace }),
      labels,
      annotations,
    },
    ...(subsets.length === 0 ? {} : { subsets }),
  };
  return { kind: current === undefined ? "create" : "update", endpoints };
}

function addressOf({ pod, address, hostname }: ServiceEndpoint): EndpointAddress {
  return {
    ip: address,
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: {
      kind: "Pod",
      namespace: pod.metadata.namespace,
      name: pod.metadata.name,
      uid: pod.metadata.uid,
    },
  };
}

/** Addresses with the same ports share a subset. */
function subsetsOf(service: Service, pods: readonly Pod[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const family = (service.spec?.ipFamilies?.[0] ?? "IPv4") as AddressFamily;
  const groups = new Map<string, { ports: EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }>();
  let count = 0;
  for (const pod of pods) {
    const endpoint = serviceEndpoint(service, pod, family);
    // A pod on its way out leaves Endpoints at once, unless not-ready addresses are published too.
    if (endpoint === undefined) continue;
    if (endpoint.terminating && service.spec?.publishNotReadyAddresses !== true) continue;
    if (!endpoint.ready && pod.spec?.restartPolicy === "Never" && pod.status?.phase === "Succeeded") continue;
    const ports = portsOf(service, pod);
    if (ports === undefined) continue;
    count++;
    const key = canonical(ports);
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] };
    (endpoint.ready ? group.ready : group.notReady).push(addressOf(endpoint));
    groups.set(key, group);
  }
  let left = maxAddresses;
  const take = (addresses: EndpointAddress[]): EndpointAddress[] => {
    const taken = addresses.sort((a, b) => (a.ip < b.ip ? -1 : 1)).slice(0, left);
    left -= taken.length;
    return taken;
  };
  const ordered = [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  // Ready ones first, in all subsets, when there is not room for all.
  const readies = ordered.map((group) => take(group.ready));
  const subsets = ordered.map((group, index): EndpointSubset => {
    const ready = readies[index] ?? [];
    const notReady = take(group.notReady);
    return {
      ...(ready.length === 0 ? {} : { addresses: ready }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
      ...(group.ports.length === 0 ? {} : { ports: group.ports }),
    };
  });
  return { subsets, truncated: count > maxAddresses };
}

/** Undefined: the pod serves none of the Service's ports. A headless Service may have no ports at all. */
function portsOf(service: Service, pod: Pod): EndpointPort[] | undefined {
  const wanted = service.spec?.ports ?? [];
  if (wanted.length === 0) return isHeadless(service) ? [] : undefined;
  const ports: EndpointPort[] = [];
  for (const port of wanted) {
    const number = targetPort(pod, port);
    if (number === undefined) continue;
    ports.push({
      ...(port.name === undefined || port.name === "" ? {} : { name: port.name }),
      port: number,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports.length === 0 ? undefined : ports;
}
