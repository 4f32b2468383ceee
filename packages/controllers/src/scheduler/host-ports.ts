import type { Pod } from "@bulkhead/api";
import { type Filter, resolvable } from "./filter.ts";

interface HostPort {
  readonly address: string;
  readonly protocol: string;
  readonly port: number;
}

const everywhere = "0.0.0.0";

/** The ports that a pod takes on its node. */
function hostPorts(pod: Pod): HostPort[] {
  const ports: HostPort[] = [];
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars])
    for (const port of container.ports ?? []) {
      if ((port.hostPort ?? 0) === 0) continue;
      const address = port.hostIP === undefined || port.hostIP === "" ? everywhere : port.hostIP;
      ports.push({ address, protocol: port.protocol ?? "TCP", port: port.hostPort ?? 0 });
    }
  return ports;
}

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.address === b.address || a.address === everywhere || b.address === everywhere);

export const freeHostPorts: Filter = (pod, view) => {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return undefined;
  const taken = view.pods.flatMap(hostPorts);
  return wanted.some((one) => taken.some((other) => clash(one, other)))
    ? resolvable("node(s) didn't have free ports for the requested pod ports")
    : undefined;
};
