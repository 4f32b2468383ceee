import type { Container, Ingress, ObjectRef, Service } from "@bulkhead/api";
import { evaluateNetwork, type Protocol, protocols, type TrafficEnd, type TrafficVerdict } from "@bulkhead/policy";
import { namespaceTraffic, outside, podsOf, servicesOf, stranger } from "../../deciders/network.ts";
import { kinds } from "../../snapshot/kinds.ts";
import type { View } from "../../snapshot/view.ts";
import { refOf, type Workload } from "../workload.ts";
import { type Factor, factor, unknownFactor } from "./factor.ts";

interface Door {
  readonly port: number;
  readonly protocol: Protocol;
}

/** Something that leads to a workload's doors from outside the cluster. */
interface Way {
  readonly says: string;
  readonly through: readonly ObjectRef[];
  readonly doors: readonly Door[];
  /** Other pods pass the traffic on, and which those are nobody says. */
  readonly passedOn?: boolean;
}

const worst = 3;
/** Let in from some addresses only. */
const narrowed = 2;
const fromElsewhere = 1.5;

const protocolOf = (text: string | undefined): Protocol => protocols.find((p) => p === text) ?? "TCP";

/** Containers that listen: the ordinary ones and sidecars. */
const listening = ({ containers }: Workload): readonly Container[] =>
  containers.filter(({ role }) => role === "main" || role === "sidecar").map(({ container }) => container);

const declared = (workload: Workload): readonly Door[] =>
  listening(workload).flatMap((container) =>
    (container.ports ?? []).map(({ containerPort, protocol }) => ({
      port: containerPort,
      protocol: protocolOf(protocol),
    })),
  );

/** Where a port of a Service ends in a workload. */
function behind(workload: Workload, { spec }: Service, wanted?: number | string): readonly Door[] {
  return (spec?.ports ?? [])
    .filter(({ port, name }) => wanted === undefined || wanted === port || wanted === name)
    .flatMap(({ port, targetPort = port, protocol }) => {
      if (typeof targetPort === "number") return [{ port: targetPort, protocol: protocolOf(protocol) }];
      const number = listening(workload)
        .flatMap((container) => container.ports ?? [])
        .find(({ name }) => name === targetPort)?.containerPort;
      return number === undefined ? [] : [{ port: number, protocol: protocolOf(protocol) }];
    });
}

const isOpenToAll = (ranges: readonly string[]): boolean =>
  ranges.length === 0 || ranges.some((range) => range.endsWith("/0"));

/** How a Service leads in from outside; undefined: it does not. */
function opened({ spec }: Service): string | undefined {
  const external = (spec?.externalIPs ?? []).length > 0;
  if (spec?.type === "LoadBalancer") return "a load balancer";
  if (spec?.type === "NodePort") return "a port of every node";
  return external ? "addresses of its own outside" : undefined;
}

const backends = ({ spec }: Ingress): readonly { readonly service: string; readonly port: number | string }[] =>
  [
    spec?.defaultBackend,
    ...(spec?.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend)),
  ].flatMap((backend) =>
    backend?.service === undefined
      ? []
      : [{ service: backend.service.name, port: backend.service.port?.number ?? backend.service.port?.name ?? "" }],
  );

function ways(workload: Workload, view: View): readonly Way[] {
  const found: Way[] = [];
  if (workload.spec.hostNetwork === true)
    found.push({ says: "it listens in the node's own network", through: [workload.ref], doors: declared(workload) });
  for (const container of listening(workload))
    for (const { hostPort, containerPort, protocol } of container.ports ?? [])
      if (hostPort !== undefined && hostPort > 0)
        found.push({
          says: `port ${hostPort} of its node leads to it`,
          through: [workload.ref],
          doors: [{ port: containerPort, protocol: protocolOf(protocol) }],
        });
  const services = servicesOf(view, workload);
  for (const service of services) {
    const by = opened(service);
    if (by !== undefined)
      found.push({
        says: `Service ${service.metadata.name ?? ""} leads to it from ${by}`,
        through: [refOf(service)],
        doors: behind(workload, service),
      });
  }
  if (services.length === 0) return found;
  for (const ingress of view.list(kinds.ingress, workload.namespace))
    for (const { service: name, port } of backends(ingress)) {
      const service = services.find(({ metadata }) => metadata.name === name);
      if (service === undefined) continue;
      found.push({
        says: `Ingress ${ingress.metadata.name ?? ""} leads to it through Service ${name}`,
        through: [refOf(ingress), refOf(service)],
        doors: behind(workload, service, port === "" ? undefined : port),
        passedOn: true,
      });
    }
  return found;
}

const portSays = ({ port, protocol }: Door): string => `${protocol} ${port}`;
const opener = ({ because }: TrafficVerdict): readonly ObjectRef[] =>
  because.flatMap(({ object }) => (object === undefined ? [] : [object]));

/** Who reaches a workload's pods: the network decider's answer for the ways that lead there. */
export function reachable(workload: Workload, view: View): Factor {
  const found = ways(workload, view);
  const pod = podsOf(view, workload)[0];
  if (pod === undefined)
    return found.length === 0
      ? factor("reachable", 1, "it has no pods")
      : unknownFactor("reachable", `${found[0]?.says ?? ""}, and it has no pod to ask for`, found[0]?.through);
  const rules = view.derive(namespaceTraffic, workload.namespace);
  const ask = (from: TrafficEnd, { port, protocol }: Door): TrafficVerdict =>
    evaluateNetwork(rules, { from, to: { pod }, port, protocol });
  const admitted = (from: TrafficEnd, doors: readonly Door[]): readonly [Door, TrafficVerdict] | undefined => {
    for (const door of doors) {
      const verdict = ask(from, door);
      if (verdict.decision === "allow") return [door, verdict];
    }
    return undefined;
  };

  let partly: Factor | undefined;
  let closed: Factor | undefined;
  for (const way of found) {
    const { doors } = way;
    if (doors.length === 0) {
      partly ??= unknownFactor("reachable", `${way.says}, and no port is declared there`, way.through);
      continue;
    }
    const open = admitted(outside, doors) ?? (way.passedOn === true ? admitted(stranger, doors) : undefined);
    if (open !== undefined) {
      const through = [...way.through, ...opener(open[1])];
      const ranges = rangesOf(way, view, workload.namespace);
      const says = `${way.says}, and the network lets it in at ${portSays(open[0])}`;
      if (isOpenToAll(ranges)) return factor("reachable", worst, says, through);
      partly ??= factor("reachable", narrowed, `${says}, from ${ranges.join(", ")}`, through);
    } else if (way.passedOn === true) {
      const says = `${way.says}, and whether the pods that serve it are let in is not known`;
      partly ??= unknownFactor("reachable", says, way.through);
    } else {
      const verdict = ask(outside, doors[0] ?? { port: 80, protocol: "TCP" });
      const says = `${way.says}, but ${verdict.because[0]?.says ?? "the network refuses it"}`;
      closed ??= factor("reachable", 1, says, opener(verdict));
    }
  }
  if (partly !== undefined) return partly;
  const doors = declared(workload);
  const near = admitted(stranger, doors);
  if (near !== undefined) {
    const says = `pods of other namespaces reach it at ${portSays(near[0])}`;
    return factor("reachable", fromElsewhere, says, opener(near[1]));
  }
  if (closed !== undefined) return closed;
  if (doors.length > 0) return factor("reachable", 1, "neither outside addresses nor other namespaces reach it");
  return ask(stranger, { port: 8080, protocol: "TCP" }).decision === "allow"
    ? factor("reachable", 1, "it declares no port; what it might listen on is open to other namespaces")
    : factor("reachable", 1, "it declares no port, and nothing from other namespaces is let in");
}

/** Source ranges that a load balancer is bound to. */
function rangesOf({ through }: Way, view: View, namespace: string): readonly string[] {
  const service = through.find(({ kind }) => kind === "Service");
  if (service === undefined) return [];
  const found = view.get(kinds.service, namespace, service.name);
  return found?.spec?.type === "LoadBalancer" ? (found.spec.loadBalancerSourceRanges ?? []) : [];
}
