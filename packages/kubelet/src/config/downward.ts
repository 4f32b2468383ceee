import { type Container, formatQuantity, type Pod, parseQuantity, type ResourceFieldSelector } from "@bulkhead/api";
import { ConfigError } from "./config-error.ts";

/** What the pod's spec does not say about where it runs. */
export interface DownwardFacts {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** Stand in for a limit that is not set. */
  readonly allocatable: Readonly<Record<string, string | number>>;
}

const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/;

/** Go's %q for a map's value: a double-quoted string with escapes. */
const quoted = (text: string): string => JSON.stringify(text);

/** `key="value"` lines, sorted: labels or annotations as a file. */
const asLines = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(map ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join("\n");

/** The value of a fieldRef. */
export function podField(pod: Pod, path: string, facts: DownwardFacts): string {
  const [, map, key] = subscript.exec(path) ?? [];
  if (map === "metadata.labels") return pod.metadata.labels?.[key ?? ""] ?? "";
  if (map === "metadata.annotations") return pod.metadata.annotations?.[key ?? ""] ?? "";
  switch (path) {
    case "metadata.name":
      return pod.metadata.name ?? "";
    case "metadata.namespace":
      return pod.metadata.namespace ?? "";
    case "metadata.uid":
      return pod.metadata.uid ?? "";
    case "metadata.labels":
      return asLines(pod.metadata.labels);
    case "metadata.annotations":
      return asLines(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec?.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "";
    case "spec.schedulerName":
      return pod.spec?.schedulerName ?? "";
    case "spec.restartPolicy":
      return pod.spec?.restartPolicy ?? "Always";
    case "status.podIP":
      return facts.podIps[0] ?? "";
    case "status.podIPs":
      return facts.podIps.join(",");
    case "status.hostIP":
      return facts.hostIps[0] ?? "";
    case "status.hostIPs":
      return facts.hostIps.join(",");
    default:
      throw new ConfigError("BadReference", `field path "${path}" is not one that a pod can read of itself`);
  }
}

/** The value of a resourceFieldRef, divided and rounded up. */
export function resourceField(
  containers: readonly Container[],
  own: Pick<Container, "name" | "resources">,
  selector: ResourceFieldSelector,
  allocatable: Readonly<Record<string, string | number>>,
): string {
  const container =
    selector.containerName === undefined || selector.containerName === ""
      ? own
      : containers.find(({ name }) => name === selector.containerName);
  if (container === undefined) throw new ConfigError("BadReference", `container "${selector.containerName}" not found`);
  const [list, ...rest] = selector.resource.split(".");
  const name = rest.join(".");
  if (list !== "limits" && list !== "requests") {
    throw new ConfigError("BadReference", `resource "${selector.resource}" is neither a limit nor a request`);
  }
  const value = container.resources?.[list]?.[name] ?? (list === "limits" ? allocatable[name] : undefined) ?? "0";
  const divisor = parseQuantity(selector.divisor ?? "1").nano || 1_000_000_000n;
  const amount = parseQuantity(value).nano;
  return formatQuantity({ nano: ((amount + divisor - 1n) / divisor) * 1_000_000_000n, format: "DecimalExponent" });
}
