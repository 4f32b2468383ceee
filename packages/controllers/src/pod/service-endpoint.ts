import type { Pod, Service, ServicePort } from "@bulkhead/api";
import { isPodReady, isPodTerminal } from "./pod-state.ts";

/** An address of a pod that a Service leads to, and how it stands. */
export interface ServiceEndpoint {
  readonly pod: Pod;
  readonly address: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** For the cluster DNS: `spec.hostname` of a pod whose subdomain is the Service. */
  readonly hostname: string | undefined;
}

export type AddressFamily = "IPv4" | "IPv6";

const familyOf = (address: string): AddressFamily => (address.includes(":") ? "IPv6" : "IPv4");

/** Ended pods and those without an address lead nowhere. */
export function serviceEndpoint(service: Service, pod: Pod, family: AddressFamily): ServiceEndpoint | undefined {
  if (isPodTerminal(pod)) return undefined;
  const addresses = pod.status?.podIPs?.map((one) => one.ip ?? "") ?? [pod.status?.podIP ?? ""];
  const address = addresses.find((one) => one !== "" && familyOf(one) === family);
  if (address === undefined) return undefined;
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const named = pod.spec?.hostname ?? "";
  const inDomain = named !== "" && pod.spec?.subdomain === service.metadata.name;
  return {
    pod,
    address,
    serving,
    terminating,
    ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
    hostname: inDomain ? named : undefined,
  };
}

/** A Service's port as the pod has it; undefined where the pod has no container port of that name. */
export function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  const protocol = port.protocol ?? "TCP";
  // A restartable init container runs beside the others and may own the port.
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = container.ports?.find((one) => one.name === target && (one.protocol ?? "TCP") === protocol);
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

/** A Service that leads to pods by labels. */
export const selectsPods = (service: Service): boolean =>
  service.spec?.type !== "ExternalName" && Object.keys(service.spec?.selector ?? {}).length > 0;

/** The label that marks what belongs to a headless Service. */
export const headlessLabel = "service.kubernetes.io/headless";

export const isHeadless = (service: Service): boolean => service.spec?.clusterIP === "None";

/** When what a Service leads to last changed. */
export const triggerTimeAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";
