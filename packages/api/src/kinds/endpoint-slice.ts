import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { DiscoveryEndpointPort, Endpoint, EndpointHints, EndpointSlice } from "../generated/types.ts";
import { validateLabels } from "../label-selector.ts";
import { isDNS1123Label, isDNS1123Subdomain, isValidLabelValue, nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { addressErrors, endpointAddressErrors, parseAddress } from "./addresses.ts";
import { ageColumn, column, nameColumn } from "./columns.ts";
import { immutableField } from "./immutable-field.ts";
import { dnsLabelErrors, qualifiedNameErrors } from "./name-fields.ts";
import { protocolErrors } from "./port.ts";
import { defineRow, nextGeneration, startGeneration } from "./row.ts";
import { semanticEqual } from "./semantic-equal.ts";

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const maxEndpoints = 1000;
const maxAddresses = 100;
const maxPorts = 20000;
const maxTopologyLabels = 16;
const maxHints = 8;

/** A name with at least one dot that ends in a letter, as certificates and resolvers want it. */
function domainNameErrors(name: string, path: string): FieldError[] {
  if (name === "") return [field.required(path)];
  const trimmed = name.replace(/\.$/, "");
  const wrong = isDNS1123Subdomain(trimmed);
  if (wrong.length > 0) return [field.invalid(path, trimmed, wrong.join(","))];
  const labels = trimmed.split(".");
  if (labels.length < 2)
    return [field.invalid(path, trimmed, "should be a domain with at least two segments separated by dots")];
  return labels.flatMap((label) => {
    const broken = isDNS1123Label(label);
    return broken.length === 0 ? [] : [field.invalid(path, label, broken.join(","))];
  });
}

function addressErrorsOf(type: string, address: string, list: string, path: string): FieldError[] {
  if (type === "FQDN") return domainNameErrors(address, path);
  if (type !== "IPv4" && type !== "IPv6") return [];
  const errors = addressErrors(path, address);
  if (errors.length > 0) return errors;
  if (parseAddress(address)?.family !== type) errors.push(field.invalid(list, address, `must be an ${type} address`));
  return errors.concat(endpointAddressErrors(path, address));
}

function hintErrors(hints: EndpointHints, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const lists = [
    { key: "forZones", rule: isValidLabelValue },
    { key: "forNodes", rule: isDNS1123Subdomain },
  ] as const;
  for (const { key, rule } of lists) {
    const names = (hints[key] ?? []).map(({ name }) => name);
    if (names.length > maxHints) return [...errors, field.tooMany(`${path}.${key}`, names.length, maxHints)];
    names.forEach((name, index) => {
      const at = `${field.index(`${path}.${key}`, index)}.name`;
      if (names.indexOf(name) !== index) errors.push(field.duplicate(at, name));
      errors.push(...rule(name).map((message) => field.invalid(at, name, message)));
    });
  }
  return errors;
}

function endpointErrors(endpoint: Endpoint, type: string, path: string): FieldError[] {
  const addresses = endpoint.addresses ?? [];
  const list = `${path}.addresses`;
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(field.required(list, "must contain at least 1 address"));
  else if (addresses.length > maxAddresses) errors.push(field.tooMany(list, addresses.length, maxAddresses));
  addresses.forEach((address, index) => {
    errors.push(...addressErrorsOf(type, address, list, field.index(list, index)));
  });
  const { nodeName, hostname, deprecatedTopology, hints } = endpoint;
  if (nodeName !== undefined) {
    errors.push(...isDNS1123Subdomain(nodeName).map((m) => field.invalid(`${path}.nodeName`, nodeName, m)));
  }
  const labels = Object.keys(deprecatedTopology ?? {}).length;
  if (labels > maxTopologyLabels) errors.push(field.tooMany(`${path}.deprecatedTopology`, labels, maxTopologyLabels));
  errors.push(...validateLabels(deprecatedTopology, `${path}.deprecatedTopology`));
  if (hostname !== undefined) errors.push(...dnsLabelErrors(`${path}.hostname`, hostname));
  return hints === undefined ? errors : errors.concat(hintErrors(hints, `${path}.hints`));
}

function endpointsErrors(slice: EndpointSlice): FieldError[] {
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > maxEndpoints) return [field.tooMany("endpoints", endpoints.length, maxEndpoints)];
  return endpoints.flatMap((endpoint, index) =>
    endpointErrors(endpoint, slice.addressType, field.index("endpoints", index)),
  );
}

function portsErrors(ports: readonly DiscoveryEndpointPort[]): FieldError[] {
  if (ports.length > maxPorts) return [field.tooMany("ports", ports.length, maxPorts)];
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const path = field.index("ports", index);
    const name = port.name ?? "";
    const errors = name === "" ? [] : dnsLabelErrors(`${path}.name`, name);
    if (names.has(name)) errors.push(field.duplicate(`${path}.name`, name));
    names.add(name);
    errors.push(...protocolErrors(port.protocol, `${path}.protocol`));
    if (port.appProtocol !== undefined) errors.push(...qualifiedNameErrors(`${path}.appProtocol`, port.appProtocol));
    return errors;
  });
}

function typeErrors(type: string): FieldError[] {
  if (type === "") return [field.required("addressType")];
  return addressTypes.includes(type) ? [] : [field.notSupported("addressType", type, addressTypes)];
}

const validate = (slice: EndpointSlice): FieldError[] => [
  ...typeErrors(slice.addressType),
  ...portsErrors(slice.ports ?? []),
  ...endpointsErrors(slice),
];

function validateUpdate(next: EndpointSlice, old: EndpointSlice): FieldError[] {
  const same = semanticEqual(next.endpoints, old.endpoints);
  return [
    ...typeErrors(next.addressType),
    ...portsErrors(next.ports ?? []),
    ...(same ? [] : endpointsErrors(next)),
    ...immutableField(next.addressType, old.addressType, "addressType"),
  ];
}

/** The topology map of older versions is not served in v1. */
function dropTopology(draft: EndpointSlice): void {
  for (const endpoint of draft.endpoints ?? []) delete endpoint.deprecatedTopology;
}

function changed(next: EndpointSlice, old: EndpointSlice): boolean {
  return !(
    semanticEqual(next.endpoints, old.endpoints) &&
    semanticEqual(next.ports, old.ports) &&
    next.addressType === old.addressType &&
    semanticEqual(next.metadata.labels, old.metadata.labels)
  );
}

const maxShown = 3;

function listCell(all: readonly string[]): string {
  if (all.length === 0) return "<unset>";
  const shown = all.slice(0, maxShown).join(",");
  return all.length > maxShown ? `${shown} + ${all.length - maxShown} more...` : shown;
}

export const endpointSliceRow = defineRow<EndpointSlice>({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  resource: "endpointslices",
  namespaced: true,
  schema: "io.k8s.api.discovery.v1.EndpointSlice",
  defaults(draft) {
    for (const port of draft.ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  prepareCreate(draft) {
    startGeneration(draft);
    dropTopology(draft);
  },
  prepareUpdate(draft, old) {
    nextGeneration(draft, old, changed(draft, old));
    if (!semanticEqual(draft.endpoints, old.endpoints)) dropTopology(draft);
  },
  validateCreate: validate,
  validateUpdate,
  warnings: (next, old) =>
    old === undefined && next.addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : [],
  table: {
    columns: [
      nameColumn,
      column("AddressType", { description: "The family of the addresses." }),
      column("Ports", { description: "The ports behind the Service." }),
      column("Endpoints", { description: "The addresses behind the Service." }),
      ageColumn,
    ],
    cells: (slice, now) => [
      slice.metadata.name ?? "",
      slice.addressType,
      listCell((slice.ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? "*") : String(port)))),
      listCell((slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
      ageCell(slice.metadata.creationTimestamp, now),
    ],
  },
  nameErrors: nameIsDNSSubdomain,
});
