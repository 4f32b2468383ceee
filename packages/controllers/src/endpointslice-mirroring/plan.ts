import type {
  DiscoveryEndpointPort,
  Endpoint,
  EndpointAddress,
  EndpointSlice,
  Endpoints,
  Service,
} from "@bulkhead/api";
import { canonical } from "../canonical.ts";
import { fillSlices, type SliceSteps } from "../endpointslice/fill-slices.ts";
import { managedByLabel, serviceNameLabel } from "../endpointslice/plan.ts";
import { controllerReference } from "../owner.ts";
import { triggerTimeAnnotation } from "../pod/service-endpoint.ts";

export const mirroringController = "endpointslicemirroring-controller.k8s.io";
const skipMirror = "endpointslice.kubernetes.io/skip-mirror";
/** Of one subset no more addresses are mirrored. */
const maxPerSubset = 1000;

/** Endpoints that a person keeps for a Service without selector. */
export const isMirrored = (endpoints: Endpoints, service: Service | undefined): boolean =>
  service !== undefined &&
  Object.keys(service.spec?.selector ?? {}).length === 0 &&
  endpoints.metadata.labels?.[skipMirror] !== "true" &&
  endpoints.metadata.annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined;

/** Pure: the slices that say the same as these Endpoints. `endpoints` undefined: all slices go. */
export function planMirror(endpoints: Endpoints | undefined, existing: readonly EndpointSlice[]): SliceSteps {
  if (endpoints === undefined) return { create: [], update: [], remove: existing };
  const labels: Record<string, string> = { ...endpoints.metadata.labels };
  delete labels["endpoints.kubernetes.io/managed-by"];
  labels[serviceNameLabel] = endpoints.metadata.name ?? "";
  labels[managedByLabel] = mirroringController;
  const steps = (["IPv4", "IPv6"] as const).map((family) => {
    const groups = new Map<string, { ports: DiscoveryEndpointPort[]; endpoints: Endpoint[] }>();
    for (const subset of endpoints.subsets ?? []) {
      const ports = (subset.ports ?? []).map((port) => ({
        name: port.name ?? "",
        port: port.port,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
      }));
      const key = canonical(ports);
      const group = groups.get(key) ?? { ports, endpoints: [] };
      const ofFamily = (address: EndpointAddress): boolean => address.ip.includes(":") === (family === "IPv6");
      const all = [
        ...(subset.addresses ?? []).filter(ofFamily).map((address) => mirrored(address, true)),
        ...(subset.notReadyAddresses ?? []).filter(ofFamily).map((address) => mirrored(address, false)),
      ];
      group.endpoints.push(...all.slice(0, maxPerSubset));
      if (group.endpoints.length > 0) groups.set(key, group);
    }
    return fillSlices({
      wanted: [...groups.values()],
      existing: existing.filter((slice) => slice.addressType === family),
      labels,
      triggerTime: endpoints.metadata.annotations?.[triggerTimeAnnotation],
      placeholder: false,
      draft: () => ({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          generateName: `${endpoints.metadata.name ?? ""}-`,
          namespace: endpoints.metadata.namespace,
          ownerReferences: [controllerReference(endpoints)],
        },
        addressType: family,
        endpoints: [],
      }),
    });
  });
  return {
    create: steps.flatMap((one) => one.create),
    update: steps.flatMap((one) => one.update),
    remove: steps.flatMap((one) => one.remove),
  };
}

const mirrored = (address: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [address.ip],
  conditions: { ready },
  ...(address.hostname === undefined || address.hostname === "" ? {} : { hostname: address.hostname }),
  ...(address.nodeName === undefined ? {} : { nodeName: address.nodeName }),
  ...(address.targetRef === undefined ? {} : { targetRef: address.targetRef }),
});
