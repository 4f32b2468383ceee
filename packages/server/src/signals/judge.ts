import type { Container, Pod, RuntimeSignal, Service } from "@bulkhead/api";
import type { ForeignFile } from "./foreign-files.ts";
import type { Listener } from "./listeners.ts";
import type { Observation } from "./observe.ts";

/** Something that a running container does and nothing declared accounts for. */
export interface Signal {
  readonly signal: RuntimeSignal;
  readonly container: string;
  /** What ResponsePolicies name: a path, `8080/TCP`, `53/UDP`, `memfd:NAME`. */
  readonly value: string;
  /** One sentence for a person. */
  readonly says: string;
}

const containersOf = ({ spec }: Pod): readonly Container[] => [
  ...(spec?.containers ?? []),
  ...(spec?.initContainers ?? []),
  ...((spec?.ephemeralContainers ?? []) as readonly Container[]),
];

/** Ports that somebody has said a pod listens on: its containers' ports, its probes, the Services in front of it. */
export function declaredPorts(pod: Pod, services: readonly Service[]): ReadonlySet<number> {
  const declared = new Set<number>();
  const named = new Map<string, number>();
  for (const { ports = [] } of containersOf(pod))
    for (const { containerPort, name } of ports) {
      declared.add(containerPort);
      if (name !== undefined) named.set(name, containerPort);
    }
  const add = (port: number | string | undefined): void => {
    const number = typeof port === "string" ? (named.get(port) ?? Number(port)) : port;
    if (number !== undefined && Number.isInteger(number)) declared.add(number);
  };
  for (const container of containersOf(pod))
    for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe])
      for (const port of [probe?.httpGet?.port, probe?.tcpSocket?.port, probe?.grpc?.port]) add(port);
  const labels = pod.metadata.labels ?? {};
  for (const { metadata, spec } of services) {
    const selector = Object.entries(spec?.selector ?? {});
    if (metadata.namespace !== pod.metadata.namespace || selector.length === 0) continue;
    if (selector.every(([key, value]) => labels[key] === value))
      for (const { port, targetPort } of spec?.ports ?? []) add(targetPort ?? port);
  }
  return declared;
}

const origins = {
  written: "was written over the image after the container started",
  deleted: "was run although its file was taken away",
  memory: "runs from memory and has no file",
  nowhere: "is neither in the image nor anywhere else that the container began with",
} as const;

const howOf = ({ origin, mount }: ForeignFile): string =>
  origin === "volume" ? `lies on the volume at ${mount ?? "?"}, not in the image` : origins[origin];

/** Where the kernel takes ports from for sockets that ask for none, unless the pod says otherwise. */
const usualGiven = [32_768, 60_999] as const;

function givenPorts({ spec }: Pod): readonly [from: number, to: number] {
  const sysctls = (spec?.securityContext?.sysctls ?? []) as readonly {
    readonly name: string;
    readonly value: string;
  }[];
  const said = sysctls.find(({ name }) => name === "net.ipv4.ip_local_port_range")?.value;
  const [from, to] = (said ?? "").trim().split(/\s+/).map(Number);
  return from !== undefined && to !== undefined && from > 0 && to >= from ? [from, to] : usualGiven;
}

/** A UDP socket of whoever asks somebody something looks like one that waits for questions, but for its port. */
function isGiven(pod: Pod, { protocol, port }: Listener): boolean {
  const [from, to] = givenPorts(pod);
  return protocol === "UDP" && port >= from && port <= to;
}

/** Pure. What is to be told of one container. */
export function signalsOf(
  pod: Pod,
  container: string,
  observation: Observation,
  declared: ReadonlySet<number>,
): readonly Signal[] {
  const found: Signal[] = [];
  for (const program of observation.programs) {
    const { path, origin } = program;
    const signal = origin === "memory" || origin === "deleted" ? "ProgramInMemory" : "ProgramNotInImage";
    found.push({
      signal,
      container,
      value: path,
      says: `container ${container} runs ${path}, which ${howOf(program)}`,
    });
  }
  for (const library of observation.libraries)
    found.push({
      signal: "LibraryNotInImage",
      container,
      value: library.path,
      says: `a program of container ${container} has loaded code from ${library.path}, which ${howOf(library)}`,
    });
  // In the host's network everything on the machine listens.
  if (pod.spec?.hostNetwork !== true)
    for (const listener of observation.listeners) {
      const { port, address, protocol } = listener;
      if (!declared.has(port) && !isGiven(pod, listener))
        found.push({
          signal: "UndeclaredListener",
          container: "",
          value: `${port}/${protocol}`,
          says: `something in the pod listens on ${address}:${port}${protocol === "UDP" ? " (UDP)" : ""}, which neither a container's ports nor a Service names`,
        });
    }
  for (const path of observation.changed ?? [])
    found.push({
      signal: "SystemFileChanged",
      container,
      value: path,
      says: `container ${container} has changed ${path}, a system file of its image`,
    });
  return found;
}
