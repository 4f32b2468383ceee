import type { DiscoveryEndpointPort, Endpoint, EndpointSlice, Node, Pod, Service } from "@bulkhead/api";
import { canonical } from "../canonical.ts";
import { controllerReference } from "../owner.ts";
import {
  type AddressFamily,
  headlessLabel,
  isHeadless,
  type ServiceEndpoint,
  serviceEndpoint,
  targetPort,
} from "../pod/service-endpoint.ts";
import { fillSlices, type SliceSteps } from "./fill-slices.ts";

export const serviceNameLabel = "kubernetes.io/service-name";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
export const sliceController = "endpointslice-controller.k8s.io";

export interface SliceFacts {
  readonly service: Service;
  /** Those that the Service selects. */
  readonly pods: readonly Pod[];
  /** The Service's slices that this controller manages. */
  readonly slices: readonly EndpointSlice[];
  readonly node: (name: string) => Node | undefined;
  readonly triggerTime: string | undefined;
}

/** Pure: the slices to make, change and remove, for every address family of the Service. */
export function planSlices(facts: SliceFacts): SliceSteps {
  const { service } = facts;
  const families = (service.spec?.ipFamilies ?? ["IPv4"]) as AddressFamily[];
  const labels = labelsOf(service);
  const steps = families.map((family) => {
    const wanted = new Map<string, { ports: DiscoveryEndpointPort[]; endpoints: Endpoint[] }>();
    for (const pod of facts.pods) {
      const endpoint = serviceEndpoint(service, pod, family);
      if (endpoint === undefined || (pod.spec?.nodeName ?? "") === "") continue;
      const ports = portsOf(service, pod);
      const key = canonical(ports);
      const group = wanted.get(key) ?? { ports, endpoints: [] };
      group.endpoints.push(endpointOf(endpoint, facts.node));
      wanted.set(key, group);
    }
    return fillSlices({
      wanted: [...wanted.values()],
      existing: facts.slices.filter((slice) => slice.addressType === family),
      labels,
      triggerTime: facts.triggerTime,
      placeholder: true,
      draft: () => ({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          generateName: `${service.metadata.name ?? ""}-`,
          namespace: service.metadata.namespace,
          ownerReferences: [controllerReference(service)],
        },
        addressType: family,
        endpoints: [],
      }),
    });
  });
  const strange = facts.slices.filter((slice) => !families.some((family) => family === slice.addressType));
  return {
    create: steps.flatMap((one) => one.create),
    update: steps.flatMap((one) => one.update),
    remove: [...steps.flatMap((one) => one.remove), ...strange],
  };
}

function labelsOf(service: Service): Record<string, string> {
  const labels: Record<string, string> = { ...service.metadata.labels };
  delete labels[headlessLabel];
  if (isHeadless(service)) labels[headlessLabel] = "";
  labels[serviceNameLabel] = service.metadata.name ?? "";
  labels[managedByLabel] = sliceController;
  return labels;
}

function endpointOf(endpoint: ServiceEndpoint, node: (name: string) => Node | undefined): Endpoint {
  const { pod, address, ready, serving, terminating, hostname } = endpoint;
  const nodeName = pod.spec?.nodeName ?? "";
  const zone = node(nodeName)?.metadata.labels?.["topology.kubernetes.io/zone"];
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    nodeName,
    targetRef: { kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(zone === undefined ? {} : { zone }),
  };
}

function portsOf(service: Service, pod: Pod): DiscoveryEndpointPort[] {
  const ports: DiscoveryEndpointPort[] = [];
  for (const port of service.spec?.ports ?? []) {
    const number = targetPort(pod, port);
    if (number === undefined) continue;
    ports.push({
      name: port.name ?? "",
      port: number,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports;
}
