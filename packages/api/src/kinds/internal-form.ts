/**
 * Objects as Kubernetes' messages print them whole: the internal types' fields, all of them, in their order and with
 * their own spelling. Only for the text of errors.
 */
import { internalFacts } from "./generated/internal-facts.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Wire names that are more than another spelling of the internal one. */
const aliases: Readonly<Record<string, string>> = {
  "RBDVolumeSource.CephMonitors": "monitors",
  "RBDVolumeSource.RBDImage": "image",
  "RBDVolumeSource.RBDPool": "pool",
  "RBDVolumeSource.RadosUser": "user",
  "AzureDiskVolumeSource.DataDiskURI": "diskURI",
  "ISCSIVolumeSource.DiscoveryCHAPAuth": "chapAuthDiscovery",
  "ISCSIVolumeSource.SessionCHAPAuth": "chapAuthSession",
  "GlusterfsVolumeSource.EndpointsName": "endpoints",
  "ResourceClaim.Claims": "claims",
};

/** In the internal types these stand in the pod's security context. */
const hostFields: ReadonlySet<string> = new Set([
  "HostNetwork",
  "HostPID",
  "HostIPC",
  "ShareProcessNamespace",
  "HostUsers",
]);

function wireValue(type: string, name: string, value: Fields, pod: Fields | undefined): unknown {
  const source = type === "PodSecurityContext" && hostFields.has(name) && pod !== undefined ? pod : value;
  const alias = aliases[`${type}.${name}`];
  if (alias !== undefined) return source[alias];
  const lower = name.toLowerCase();
  for (const key in source) if (key.toLowerCase() === lower) return source[key];
  return undefined;
}

const zeroOf = (code: string): unknown => {
  if (/^(\*|\[\]|\{\})/.test(code)) return null;
  switch (code) {
    case "string":
      return "";
    case "int":
    case "intstr":
      return 0;
    case "bool":
      return false;
    case "quantity":
      return "0";
    default:
      return Object.hasOwn(internalFacts, code) ? internalForm(code, {}) : null;
  }
};

function convert(code: string, value: unknown, pod: Fields | undefined): unknown {
  if (value === undefined || value === null) return zeroOf(code);
  if (code.startsWith("*")) return convert(code.slice(1), value, pod);
  if (code.startsWith("[]")) return (value as unknown[]).map((item) => convert(code.slice(2), item, pod));
  if (code.startsWith("{}")) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, convert(code.slice(2), item, pod)]));
  }
  return Object.hasOwn(internalFacts, code) ? internalForm(code, value as Fields, pod) : value;
}

/** A wire value of an internal type (`PodSpec`, `SecurityContext`) with the fields that Kubernetes prints. */
export function internalForm(type: string, value: object, pod?: object): Record<string, unknown> {
  const fields = value as Fields;
  const outer = type === "PodSpec" ? fields : (pod as Fields | undefined);
  const out: Record<string, unknown> = {};
  for (const [name, code] of internalFacts[type] ?? []) {
    const given = wireValue(type, name, fields, outer);
    if (code.startsWith("?")) {
      if (given !== undefined) out[name] = convert(code.slice(1), given, outer);
    } else out[name] = convert(code, given, outer);
  }
  return out;
}
