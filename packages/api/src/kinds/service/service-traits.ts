/** What a Service is, as far as addresses and ports are concerned. Pure: who allocates asks these. */
import type { Service } from "../../generated/types.ts";

/** Its clusterIP is `None`: names resolve to the pods themselves. */
export const isHeadless = (service: Service): boolean =>
  service.spec?.clusterIPs?.length === 1 && service.spec.clusterIPs[0] === "None";

/** Anything but ExternalName has a cluster address or says `None`. */
export const hasClusterAddress = (service: Service): boolean => service.spec?.type !== "ExternalName";

/** An address is to be allocated: none was asked for, none is kept. */
export const needsClusterIP = (service: Service): boolean =>
  hasClusterAddress(service) && (service.spec?.clusterIP ?? "") === "";

/** The address that the client asked for and the allocator must reserve; undefined for none and for headless. */
export function requestedClusterIP(service: Service): string | undefined {
  const address = service.spec?.clusterIP ?? "";
  return !hasClusterAddress(service) || address === "" || address === "None" ? undefined : address;
}

/** Writes an allocated address in both places. */
export function setClusterIP(service: Service, address: string): void {
  service.spec ??= {};
  service.spec.clusterIP = address;
  service.spec.clusterIPs = [address];
}

/** Its ports may have node ports at all. */
export const mayHaveNodePorts = (service: Service): boolean =>
  service.spec?.type === "NodePort" || service.spec?.type === "LoadBalancer";

/** Ports without a node port are to be given one. */
export const needsNodePorts = (service: Service): boolean =>
  service.spec?.type === "NodePort" ||
  (service.spec?.type === "LoadBalancer" && service.spec.allocateLoadBalancerNodePorts !== false);

/** A load balancer that sends to local endpoints only asks each node for its health on a port of its own. */
export const needsHealthCheckNodePort = (service: Service): boolean =>
  service.spec?.type === "LoadBalancer" && service.spec.externalTrafficPolicy === "Local";

/** Reached from outside the cluster. */
export const isExternallyAccessible = (service: Service): boolean =>
  mayHaveNodePorts(service) || (service.spec?.type === "ClusterIP" && (service.spec.externalIPs ?? []).length > 0);
