import { type Container, isolatedCondition, type Pod } from "@bulkhead/api";

/** Why a pod has no traffic, and what of the node's it still answers. */
export interface Isolation {
  /** The condition's own words. */
  readonly reason: string;
  readonly message: string;
  /** RFC 3339; absent: nobody says. */
  readonly since?: string;
  /** TCP ports that its own probes and hooks name, sorted: without them the kubelet would restart it. */
  readonly answered: readonly number[];
}

/** The rule of a refusal, and of the Exception (decider `network`) that lets an isolated pod back. */
export const isolatedRule = "isolated";
/** Where the rule stands in the Pod. */
export const isolatedField = `status.conditions[type=${isolatedCondition}]`;

/** What a pod's condition says; undefined: it is not isolated. Nothing but "True" isolates. */
export function isolationOf(pod: Pod): Isolation | undefined {
  const found = pod.status?.conditions?.find(({ type }) => type === isolatedCondition);
  if (found?.status !== "True") return undefined;
  return {
    reason: found.reason ?? "",
    message: found.message ?? "",
    ...(found.lastTransitionTime == null ? {} : { since: found.lastTransitionTime }),
    answered: answeredPorts(pod),
  };
}

function answeredPorts(pod: Pod): readonly number[] {
  const ports = new Set<number>();
  for (const container of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])])
    for (const wanted of askedPorts(container)) {
      const port = portOf(container, wanted);
      if (Number.isInteger(port) && port >= 1 && port <= 65_535) ports.add(port);
    }
  return [...ports].sort((a, b) => a - b);
}

/** What the kubelet connects to, as the container writes it. */
function* askedPorts(container: Container): Generator<number | string> {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const probes = [livenessProbe, readinessProbe, startupProbe];
  const asked = [
    ...[...probes, lifecycle?.postStart, lifecycle?.preStop].flatMap((one) => [
      one?.httpGet?.port,
      one?.tcpSocket?.port,
    ]),
    ...probes.map((probe) => probe?.grpc?.port),
  ];
  for (const port of asked) if (port !== undefined) yield port;
}

/** A name is one of the container's own ports. */
const portOf = ({ ports = [] }: Container, wanted: number | string): number =>
  typeof wanted === "number" ? wanted : (ports.find(({ name }) => name === wanted)?.containerPort ?? Number(wanted));
