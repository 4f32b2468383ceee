import type { Service, ServicePort } from "../../generated/types.ts";
import { parseAddress } from "../addresses.ts";
import { semanticEqual } from "../semantic-equal.ts";
import {
  hasClusterAddress,
  isExternallyAccessible,
  mayHaveNodePorts,
  needsHealthCheckNodePort,
} from "./service-traits.ts";

/** Three hours: how long a client stays with its pod unless said. */
const affinitySeconds = 10800;

export function defaultService(draft: Service): void {
  draft.spec ??= {};
  const { spec } = draft;
  spec.sessionAffinity ??= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinitySeconds } };
  }
  spec.type ??= "ClusterIP";
  for (const port of spec.ports ?? []) defaultPort(port);
  if (isExternallyAccessible(draft)) spec.externalTrafficPolicy ??= "Cluster";
  if (["ClusterIP", "NodePort", "LoadBalancer"].includes(spec.type)) spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type !== "LoadBalancer") return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of draft.status?.loadBalancer?.ingress ?? [])
    if (ingress.ip !== undefined) ingress.ipMode ??= "VIP";
}

function defaultPort(port: ServicePort): void {
  port.protocol ??= "TCP";
  const { targetPort } = port;
  if (targetPort === undefined || targetPort === 0 || targetPort === "") port.targetPort = port.port;
}

/** clusterIP is the first of clusterIPs: a client that knows one of them only says the other too. */
function joinClusterIPs(draft: Service, old: Service | undefined): void {
  const spec = draft.spec ?? {};
  const had = old?.spec?.clusterIP ?? "";
  const has = spec.clusterIP ?? "";
  if (old === undefined) {
    if (has !== "" && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [has];
    return;
  }
  if ((spec.clusterIPs ?? []).length === 0 && had === has && old.spec?.clusterIPs !== undefined) {
    spec.clusterIPs = old.spec.clusterIPs;
  }
  if (had === has || !semanticEqual(spec.clusterIPs, old.spec?.clusterIPs)) return;
  if (has === "") delete spec.clusterIPs;
  else spec.clusterIPs = [has];
}

/** What was allocated stays, where a client that applies its own file leaves it out. */
function keepAllocated(draft: Service, old: Service): void {
  const spec = draft.spec ?? {};
  const had = old.spec ?? {};
  if (hasClusterAddress(old) && hasClusterAddress(draft)) {
    if ((spec.clusterIP ?? "") === "" && had.clusterIP !== undefined) spec.clusterIP = had.clusterIP;
    if ((spec.clusterIPs ?? []).length === 0 && had.clusterIPs !== undefined) spec.clusterIPs = had.clusterIPs;
  }
  if (mayHaveNodePorts(old) && mayHaveNodePorts(draft)) keepNodePorts(spec.ports ?? [], had.ports ?? []);
  if (needsHealthCheckNodePort(old) && needsHealthCheckNodePort(draft) && had.healthCheckNodePort !== undefined) {
    spec.healthCheckNodePort ??= had.healthCheckNodePort;
  }
}

function keepNodePorts(ports: readonly ServicePort[], had: readonly ServicePort[]): void {
  const taken = new Set(ports.map((port) => port.nodePort));
  const byName = new Map(had.map((port) => [port.name ?? "", port.nodePort]));
  for (const port of ports) {
    if (port.nodePort !== undefined) continue;
    const before = byName.get(port.name ?? "");
    if (before !== undefined && !taken.has(before)) port.nodePort = before;
  }
}

/** What only the old type had is dropped, unless the client changes it in the same breath. */
function dropWhatTheTypeLost(draft: Service, old: Service): void {
  const spec = draft.spec ?? {};
  const had = old.spec ?? {};
  if (hasClusterAddress(old) && !hasClusterAddress(draft)) {
    if (semanticEqual(spec.clusterIPs, had.clusterIPs) && spec.clusterIP === had.clusterIP) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (semanticEqual(spec.ipFamilies, had.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === had.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  if (mayHaveNodePorts(old) && !mayHaveNodePorts(draft)) {
    const before = new Set((had.ports ?? []).map((port) => port.nodePort));
    if ((spec.ports ?? []).every((port) => port.nodePort === undefined || before.has(port.nodePort))) {
      for (const port of spec.ports ?? []) delete port.nodePort;
    }
  }
  if (needsHealthCheckNodePort(old) && !needsHealthCheckNodePort(draft)) {
    if (spec.healthCheckNodePort === had.healthCheckNodePort) delete spec.healthCheckNodePort;
  }
  if (had.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    if (spec.allocateLoadBalancerNodePorts === had.allocateLoadBalancerNodePorts) {
      delete spec.allocateLoadBalancerNodePorts;
    }
    if (spec.loadBalancerClass === had.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(draft)) {
    if (spec.externalTrafficPolicy === had.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  }
  if (spec.type !== "LoadBalancer") draft.status = { loadBalancer: {} };
}

/**
 * Families of a cluster with IPv4 addresses. A headless Service without a selector is not this cluster's to judge
 * and may name both.
 */
function fillFamilies(draft: Service, old: Service | undefined): void {
  if (!hasClusterAddress(draft)) return;
  const spec = draft.spec ?? {};
  const elsewhere = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.spec?.ipFamilyPolicy ?? (elsewhere ? "RequireDualStack" : "SingleStack");
  const families = [...(spec.ipFamilies ?? [])];
  for (const [index, address] of (spec.clusterIPs ?? []).entries()) {
    const family = address === "None" ? undefined : parseAddress(address)?.family;
    if (index >= families.length && family !== undefined) families.push(family);
  }
  if (families.length === 0) families.push("IPv4");
  if (elsewhere && families.length === 1 && spec.ipFamilyPolicy !== "SingleStack") {
    families.push(families[0] === "IPv4" ? "IPv6" : "IPv4");
  }
  spec.ipFamilies = families;
}

/** Everything about addresses that follows from the two objects; allocation comes after, validation after that. */
export function prepareServiceCreate(draft: Service): void {
  draft.status = { loadBalancer: {} };
  joinClusterIPs(draft, undefined);
  fillFamilies(draft, undefined);
}

/** As prepareServiceCreate, for an update. */
export function prepareServiceUpdate(draft: Service, old: Service): void {
  if (old.status === undefined) delete draft.status;
  else draft.status = old.status;
  keepAllocated(draft, old);
  joinClusterIPs(draft, old);
  dropWhatTheTypeLost(draft, old);
  fillFamilies(draft, old);
}
