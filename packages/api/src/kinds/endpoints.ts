import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from "../generated/types.ts";
import { isDNS1123Subdomain, nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { addressErrors, endpointAddressErrors, parseAddress } from "./addresses.ts";
import { ageColumn, column, nameColumn } from "./columns.ts";
import { dnsLabelErrors, qualifiedNameErrors } from "./name-fields.ts";
import { portNumberErrors, protocolErrors } from "./port.ts";
import { defineRow } from "./row.ts";
import { semanticEqual } from "./semantic-equal.ts";

function addressesErrors(addresses: readonly EndpointAddress[], path: string): FieldError[] {
  return addresses.flatMap((address, index) => {
    const at = field.index(path, index);
    const errors = addressErrors(`${at}.ip`, address.ip);
    if (address.hostname !== undefined) errors.push(...dnsLabelErrors(`${at}.hostname`, address.hostname));
    const { nodeName } = address;
    if (nodeName !== undefined) {
      errors.push(...isDNS1123Subdomain(nodeName).map((m) => field.invalid(`${at}.nodeName`, nodeName, m)));
    }
    return errors.concat(endpointAddressErrors(`${at}.ip`, address.ip));
  });
}

function portErrors(port: EndpointPort, path: string, nameless: boolean): FieldError[] {
  const name = port.name ?? "";
  const errors =
    name === "" ? (nameless ? [] : [field.required(`${path}.name`)]) : dnsLabelErrors(`${path}.name`, name);
  errors.push(...portNumberErrors(port.port, `${path}.port`), ...protocolErrors(port.protocol, `${path}.protocol`));
  if (port.appProtocol !== undefined) errors.push(...qualifiedNameErrors(`${path}.appProtocol`, port.appProtocol));
  return errors;
}

function subsetErrors(subset: EndpointSubset, path: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const errors: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(field.required(path, "must specify `addresses` or `notReadyAddresses`"));
  }
  errors.push(...addressesErrors(addresses, `${path}.addresses`));
  errors.push(...addressesErrors(notReadyAddresses, `${path}.notReadyAddresses`));
  ports.forEach((port, index) => {
    errors.push(...portErrors(port, field.index(`${path}.ports`, index), ports.length === 1));
  });
  return errors;
}

const validate = (endpoints: Endpoints): FieldError[] =>
  (endpoints.subsets ?? []).flatMap((subset, index) => subsetErrors(subset, field.index("subsets", index)));

const maxShown = 3;

function endpointsCell(endpoints: Endpoints): string {
  const all: string[] = [];
  for (const { addresses = [], ports = [] } of endpoints.subsets ?? []) {
    // A headless Service may have no ports.
    if (ports.length === 0) all.push(...addresses.map(({ ip }) => ip));
    for (const { port } of ports) {
      all.push(
        ...addresses.map(({ ip }) => (parseAddress(ip)?.family === "IPv6" ? `[${ip}]:${port}` : `${ip}:${port}`)),
      );
    }
  }
  if ((endpoints.subsets ?? []).length === 0) return "<none>";
  const shown = all.slice(0, maxShown).join(",");
  return all.length > maxShown ? `${shown} + ${all.length - maxShown} more...` : shown;
}

export const endpointsRow = defineRow<Endpoints>({
  group: "",
  version: "v1",
  kind: "Endpoints",
  resource: "endpoints",
  shortNames: ["ep"],
  namespaced: true,
  schema: "io.k8s.api.core.v1.Endpoints",
  defaults(draft) {
    for (const subset of draft.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= "TCP";
  },
  validateCreate: validate,
  // What stands already may stay, whatever rules came since.
  validateUpdate: (next, old) => (semanticEqual(next.subsets, old.subsets) ? [] : validate(next)),
  createOnUpdate: true,
  table: {
    columns: [nameColumn, column("Endpoints", { description: "Addresses and ports behind the Service." }), ageColumn],
    cells: (endpoints, now) => [
      endpoints.metadata.name ?? "",
      endpointsCell(endpoints),
      ageCell(endpoints.metadata.creationTimestamp, now),
    ],
  },
  nameErrors: nameIsDNSSubdomain,
});
