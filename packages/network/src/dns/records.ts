import type { Endpoint, EndpointSlice, Pod, Service } from "@bulkhead/api";

/** One record's data. Names are lower case without the final dot. */
export type RecordData =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "CNAME" | "PTR"; readonly target: string }
  | { readonly type: "SRV"; readonly target: string; readonly port: number }
  | { readonly type: "TXT"; readonly text: string };

/** A name and all its records; no records: the name is gone. */
export interface RecordSet {
  readonly name: string;
  readonly records: readonly RecordData[];
}

export interface RecordInput {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  /** Whose addresses get a name below `pod.ZONE`; none: those names are off. */
  readonly pods: readonly Pod[];
  /** `cluster.local`. */
  readonly zone: string;
}

const address = (ip: string): RecordData => ({ type: ip.includes(":") ? "AAAA" : "A", address: ip });
const dashed = (ip: string): string => ip.replaceAll(/[.:]/g, "-");

/** `1.0.202.10.in-addr.arpa`, or the nibbles below ip6.arpa. */
export function reverseName(ip: string): string | undefined {
  if (!ip.includes(":")) return `${ip.split(".").reverse().join(".")}.in-addr.arpa`;
  const [head = "", tail] = ip.split("::");
  const words = (text: string | undefined): string[] => (text === undefined || text === "" ? [] : text.split(":"));
  const gap = 8 - words(head).length - words(tail).length;
  if (gap < 0 || (tail === undefined && gap !== 0)) return undefined;
  const all = [...words(head), ...Array<string>(gap).fill("0"), ...words(tail)];
  const nibbles = all.map((w) => w.padStart(4, "0")).join("");
  return `${nibbles.split("").reverse().join(".")}.ip6.arpa`;
}

class Gathering {
  readonly names = new Map<string, Map<string, RecordData>>();

  add(name: string, record: RecordData): void {
    const at = this.names.get(name) ?? new Map<string, RecordData>();
    at.set(JSON.stringify(record), record);
    this.names.set(name, at);
  }
}

interface Published {
  readonly endpoint: Endpoint;
  readonly ip: string;
  readonly ports: NonNullable<EndpointSlice["ports"]>;
}

function publishedEndpoints(service: Service, slices: readonly EndpointSlice[]): Published[] {
  const all = service.spec?.publishNotReadyAddresses === true;
  return slices.flatMap((slice) => {
    if (slice.addressType === "FQDN") return [];
    return (slice.endpoints ?? [])
      .filter((endpoint) => all || (endpoint.conditions?.ready ?? true))
      .flatMap((endpoint) => endpoint.addresses.map((ip) => ({ endpoint, ip, ports: slice.ports ?? [] })));
  });
}

const serviceLabel = (port: string | undefined, protocol: string | undefined): string =>
  `_${port ?? ""}._${(protocol ?? "TCP").toLowerCase()}`;

function headless(service: Service, base: string, slices: readonly EndpointSlice[], into: Gathering): void {
  for (const { endpoint, ip, ports } of publishedEndpoints(service, slices)) {
    const host = `${(endpoint.hostname ?? dashed(ip)).toLowerCase()}.${base}`;
    into.add(base, address(ip));
    into.add(host, address(ip));
    const reverse = reverseName(ip);
    if (endpoint.hostname !== undefined && reverse !== undefined) into.add(reverse, { type: "PTR", target: host });
    for (const port of ports) {
      if (port.port === undefined || (port.name ?? "") === "") continue;
      into.add(`${serviceLabel(port.name, port.protocol)}.${base}`, { type: "SRV", target: host, port: port.port });
    }
  }
}

function withClusterIp(service: Service, base: string, into: Gathering): void {
  const spec = service.spec;
  for (const ip of spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP])) {
    into.add(base, address(ip));
    const reverse = reverseName(ip);
    if (reverse !== undefined) into.add(reverse, { type: "PTR", target: base });
  }
  for (const port of spec?.ports ?? []) {
    if ((port.name ?? "") === "") continue;
    into.add(`${serviceLabel(port.name, port.protocol)}.${base}`, { type: "SRV", target: base, port: port.port });
  }
}

/**
 * The cluster's names by the Kubernetes DNS specification (1.1.0): Services with and without ClusterIP, ExternalName,
 * hostnames of endpoints, reverse names, and pods by their dashed address, only where such a pod is.
 */
export function buildRecords(input: RecordInput): Map<string, readonly RecordData[]> {
  const into = new Gathering();
  const slices = Map.groupBy(
    input.slices,
    (s) => `${s.metadata.namespace ?? ""}/${s.metadata.labels?.["kubernetes.io/service-name"] ?? ""}`,
  );
  into.add(`dns-version.${input.zone}`, { type: "TXT", text: "1.1.0" });
  for (const service of input.services) {
    const { namespace = "", name = "" } = service.metadata;
    const base = `${name}.${namespace}.svc.${input.zone}`.toLowerCase();
    const spec = service.spec;
    if (spec?.type === "ExternalName") {
      const target = (spec.externalName ?? "").toLowerCase().replace(/\.$/, "");
      if (target !== "") into.add(base, { type: "CNAME", target });
    } else if ((spec?.clusterIP ?? "None") === "None") {
      headless(service, base, slices.get(`${namespace}/${name}`) ?? [], into);
    } else withClusterIp(service, base, into);
  }
  for (const pod of input.pods) {
    if (pod.spec?.hostNetwork === true || pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") continue;
    for (const { ip } of pod.status?.podIPs ?? []) {
      into.add(`${dashed(ip)}.${pod.metadata.namespace ?? ""}.pod.${input.zone}`, address(ip));
    }
  }
  return new Map(Array.from(into.names, ([name, records]) => [name, [...records.values()]]));
}

/** The names whose records differ, with what they are now. */
export function changedRecords(
  before: ReadonlyMap<string, readonly RecordData[]>,
  now: ReadonlyMap<string, readonly RecordData[]>,
): RecordSet[] {
  const out: RecordSet[] = [];
  for (const [name, records] of now) {
    if (JSON.stringify(before.get(name)) !== JSON.stringify(records)) out.push({ name, records });
  }
  for (const name of before.keys()) if (!now.has(name)) out.push({ name, records: [] });
  return out;
}
