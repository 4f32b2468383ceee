import { randomInt } from "node:crypto";
import {
  type FieldError,
  hasClusterAddress,
  invalid,
  isHeadless,
  mayHaveNodePorts,
  needsClusterIP,
  needsHealthCheckNodePort,
  needsNodePorts,
  requestedClusterIP,
  type Service,
  setClusterIP,
} from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";
import { type AdmissionPlugin, type AdmissionRequest, isCore } from "./admission.ts";
import { type AddressRange, formatAddress, parseAddress, parseRange } from "./cidr.ts";

/** Who holds what, so that a holder may be told apart from a claimant: `namespace/name`. */
type Holders = Map<number, string>;

/**
 * Gives Services their addresses and node ports, and keeps two from having the same. What is taken is counted from
 * the store at start and followed by its changes; a claim is held from the moment it is made until its write is
 * durable or has failed.
 */
export function serviceAllocation(options: {
  readonly store: Store;
  readonly serviceCidr: string;
  readonly nodePorts: { readonly first: number; readonly last: number };
}): AdmissionPlugin & { close(): void } {
  const range = parseRange(options.serviceCidr);
  const addresses: Holders = new Map();
  const ports: Holders = new Map();
  const pendingAddresses = new Set<number>();
  const pendingPorts = new Set<number>();
  const { first, last } = options.nodePorts;

  const note = (service: Service, holds: boolean): void => {
    const holder = holderOf(service);
    for (const text of service.spec?.clusterIPs ?? []) set(addresses, parseAddress(text), holder, holds);
    for (const port of portsOf(service)) set(ports, port, holder, holds);
  };
  const query = { group: "", resource: "services", namespace: undefined } as const;
  const view = options.store.list(query);
  for (const object of view.items) note(peek<Service>(object), true);
  const handle = options.store.watch(
    { ...query, from: view.revision },
    {
      onEvents: (events) => {
        for (const { previous, current } of events) {
          if (previous !== undefined) note(peek<Service>(previous), false);
          if (current !== undefined) note(peek<Service>(current), true);
        }
      },
      onEnd: () => {},
    },
  );

  const claim = (request: AdmissionRequest, holders: Holders, pending: Set<number>, value: number): boolean => {
    const holder = `${request.namespace}/${request.object?.metadata.name ?? ""}`;
    const held = holders.get(value);
    if (held === holder && request.operation === "UPDATE") return true;
    if (held !== undefined || pending.has(value)) return false;
    pending.add(value);
    request.onSettled((committed) => {
      // From here on the store says it; a moment earlier than its event, so that nobody slips in between.
      if (committed) holders.set(value, holder);
      pending.delete(value);
    });
    return true;
  };

  const giveAddress = (request: AdmissionRequest, service: Service): void => {
    const asked = requestedClusterIP(service);
    if (asked !== undefined) {
      const address = parseAddress(asked);
      // Validation has its own words for what is no address at all.
      if (address === undefined) return;
      const old = (request.old as Service | undefined)?.spec?.clusterIP;
      if (old === asked) return;
      if (!within(range, address))
        throw refuseAddress(request, asked, "the provided network does not match the current range");
      if (!claim(request, addresses, pendingAddresses, address))
        throw refuseAddress(request, asked, "provided IP is already allocated");
      return;
    }
    if (!needsClusterIP(service)) return;
    const free = pick(range.first + 1, range.size - 2, (address) =>
      claim(request, addresses, pendingAddresses, address),
    );
    if (free === undefined) throw refuseAddress(request, "", "range is full");
    setClusterIP(service, formatAddress(free));
  };

  const givePort = (request: AdmissionRequest, asked: number, path: string): number => {
    if (asked !== 0) {
      if (asked < first || asked > last)
        throw refusePort(
          request,
          path,
          asked,
          `provided port is not in the valid range. The range of valid ports is ${first}-${last}`,
        );
      if (!claim(request, ports, pendingPorts, asked))
        throw refusePort(request, path, asked, "provided port is already allocated");
      return asked;
    }
    const free = pick(first, last - first + 1, (port) => claim(request, ports, pendingPorts, port));
    if (free === undefined) throw refusePort(request, path, 0, "no node port is free");
    return free;
  };

  return {
    name: "ServiceAllocation",
    allocate: (request) => {
      if (!isCore(request, "services") || request.subresource !== "" || request.object === undefined) return;
      const service = request.object as Service;
      if (hasClusterAddress(service) && !isHeadless(service)) giveAddress(request, service);
      if (!mayHaveNodePorts(service)) return;
      const taken = new Map<string, number>();
      for (const [index, port] of (service.spec?.ports ?? []).entries()) {
        if ((port.nodePort ?? 0) === 0 && !needsNodePorts(service)) continue;
        const path = `spec.ports[${index}].nodePort`;
        // TCP and UDP of one number may share a node port: that is how DNS is published.
        const key = `${port.nodePort ?? 0}`;
        const known = port.nodePort === undefined ? undefined : taken.get(key);
        port.nodePort = known ?? givePort(request, port.nodePort ?? 0, path);
        taken.set(String(port.nodePort), port.nodePort);
      }
      if (needsHealthCheckNodePort(service) && service.spec !== undefined)
        service.spec.healthCheckNodePort = givePort(
          request,
          service.spec.healthCheckNodePort ?? 0,
          "spec.healthCheckNodePort",
        );
    },
    close: () => handle.close(),
  };
}

const holderOf = (service: Service): string => `${service.metadata.namespace ?? ""}/${service.metadata.name ?? ""}`;

const portsOf = (service: Service): number[] =>
  [...(service.spec?.ports ?? []).map((port) => port.nodePort ?? 0), service.spec?.healthCheckNodePort ?? 0].filter(
    (port) => port !== 0,
  );

function set(holders: Holders, value: number | undefined, holder: string, holds: boolean): void {
  if (value === undefined) return;
  if (holds) holders.set(value, holder);
  else if (holders.get(value) === holder) holders.delete(value);
}

const within = ({ first, size }: AddressRange, address: number): boolean =>
  address > first && address < first + size - 1;

/** How many values at the start of a range are left for those who ask for one by name (KEP-3070). */
export const staticBand = (size: number): number => Math.min(Math.max(16, Math.floor(size / 16)), 256, size);

/** A free value from a random place on, so that one just given back is not given out at once; the static band last. */
function pick(first: number, size: number, take: (value: number) => boolean): number | undefined {
  const band = staticBand(size);
  return scan(first + band, size - band, take) ?? scan(first, band, take);
}

function scan(first: number, size: number, take: (value: number) => boolean): number | undefined {
  if (size <= 0) return undefined;
  const start = randomInt(size);
  for (let step = 0; step < size; step++) {
    const value = first + ((start + step) % size);
    if (take(value)) return value;
  }
  return undefined;
}

function refuseAddress(request: AdmissionRequest, address: string, why: string): Error {
  const error: FieldError = {
    reason: "FieldValueInvalid",
    field: "spec.clusterIPs",
    message: `Invalid value: ${JSON.stringify([address])}: failed to allocate IP ${address}: ${why}`,
  };
  return invalid("", "Service", request.object?.metadata.name ?? "", [error]);
}

function refusePort(request: AdmissionRequest, field: string, port: number, why: string): Error {
  const error: FieldError = { reason: "FieldValueInvalid", field, message: `Invalid value: ${port}: ${why}` };
  return invalid("", "Service", request.object?.metadata.name ?? "", [error]);
}
