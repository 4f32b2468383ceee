/** What an allocator refuses, in Kubernetes' words. Upstream allocates before it validates: these errors come alone. */
import * as field from "../../field.ts";
import type { FieldError } from "../../field-error.ts";
import type { Service } from "../../generated/types.ts";
import { cidrContains, parseAddress, parseCidr } from "../addresses.ts";
import { mayHaveNodePorts, requestedClusterIP } from "./service-traits.ts";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Upstream's range of node ports. */
export const defaultNodePorts: PortRange = { first: 30000, last: 32767 };

/** Asked-for node ports outside the range. */
export function nodePortRangeErrors(service: Service, range: PortRange = defaultNodePorts): FieldError[] {
  if (!mayHaveNodePorts(service)) return [];
  return (service.spec?.ports ?? []).flatMap(({ nodePort = 0 }, index) => {
    if (nodePort === 0 || (nodePort >= range.first && nodePort <= range.last)) return [];
    const why = `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`;
    return [field.invalid(`${field.index("spec.ports", index)}.nodePort`, nodePort, why)];
  });
}

/** A node port that another Service has. */
export const nodePortTakenError = (portIndex: number, nodePort: number): FieldError =>
  field.invalid(`${field.index("spec.ports", portIndex)}.nodePort`, nodePort, "provided port is already allocated");

const refused = (service: Service, address: string, why: string): FieldError =>
  field.invalid("spec.clusterIPs", service.spec?.clusterIPs ?? [address], `failed to allocate IP ${address}: ${why}`);

/** An asked-for address outside the service CIDR. An address that cannot be read is left to validation. */
export function clusterIPRangeErrors(service: Service, serviceCidr: string): FieldError[] {
  const asked = requestedClusterIP(service);
  const address = asked === undefined ? undefined : parseAddress(asked);
  const range = parseCidr(serviceCidr);
  if (asked === undefined || address === undefined || range === undefined || cidrContains(range, address)) return [];
  return [refused(service, asked, "the provided network does not match the current range")];
}

/** An address that another Service has. */
export const clusterIPTakenError = (service: Service, address: string): FieldError =>
  refused(service, address, "provided IP is already allocated");
