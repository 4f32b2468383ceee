/** References to a pod's own fields, to resources of its containers, and to keys of ConfigMaps and Secrets. */
import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { ObjectFieldSelector, ResourceFieldSelector } from "../../../generated/types.ts";
import { isConfigMapKey, isDNS1123Subdomain, isQualifiedName } from "../../../name-validation.ts";
import { compareAmounts } from "../../resources.ts";

/** What a file of a downward API volume may show; in order of the alphabet, as messages have it. */
export const volumeFieldPaths = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

/** What an environment variable may show. */
export const envFieldPaths = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

/** Every label of a field that the downward API knows. */
const knownPaths: ReadonlySet<string> = new Set([
  ...volumeFieldPaths,
  ...envFieldPaths,
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
  "spec.host",
]);

const subscripted = /^(.*)\['([^']*)'\]$/;

/** A reference to one of the pod's own fields, which must be among `allowed` (metadata's maps: by key). */
export function checkFieldRef(
  errors: FieldError[],
  path: string,
  { apiVersion = "", fieldPath }: ObjectFieldSelector,
  allowed: readonly string[],
): void {
  if (apiVersion === "") {
    errors.push(field.required(`${path}.apiVersion`));
    return;
  }
  if (fieldPath === "") {
    errors.push(field.required(`${path}.fieldPath`));
    return;
  }
  if (apiVersion === "v1" && allowed.includes(fieldPath)) return;
  const match = subscripted.exec(fieldPath);
  const base = match?.[1] ?? fieldPath;
  const key = match?.[2] ?? "";
  const isMap = base === "metadata.annotations" || base === "metadata.labels";
  if (apiVersion !== "v1" || (match === null ? !knownPaths.has(base) : !isMap)) {
    const why =
      apiVersion === "v1" ? `field label not supported: ${fieldPath}` : `unsupported pod version: ${apiVersion}`;
    errors.push(field.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`));
    return;
  }
  if (match === null) {
    errors.push(field.notSupported(`${path}.fieldPath`, base, allowed));
    return;
  }
  const name = base === "metadata.annotations" ? key.toLowerCase() : key;
  for (const message of isQualifiedName(name)) errors.push(field.invalid(path, name, message));
}

const containerResources = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const byteDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

function divisorRule(resource: string): { readonly allowed: readonly string[]; readonly why: string } | undefined {
  const name = resource.replace(/^(limits|requests)\./, "");
  if (name === resource) return undefined;
  const bytes = "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the";
  if (name === "cpu") {
    return { allowed: ["1m", "1"], why: "only divisor's values 1m and 1 are supported with the cpu resource" };
  }
  if (name === "memory") return { allowed: byteDivisors, why: `${bytes} memory resource` };
  if (name === "ephemeral-storage") return { allowed: byteDivisors, why: `${bytes} local ephemeral storage resource` };
  return name.startsWith("hugepages-") ? { allowed: byteDivisors, why: `${bytes} hugepages resource` } : undefined;
}

/** A reference to a container's limit or request. In a volume the container must be named. */
export function checkResourceFieldRef(
  errors: FieldError[],
  path: string,
  { containerName = "", resource, divisor }: ResourceFieldSelector,
  inVolume: boolean,
): void {
  const hugePages = resource.startsWith("limits.hugepages-") || resource.startsWith("requests.hugepages-");
  if (inVolume && containerName === "") errors.push(field.required(`${path}.containerName`));
  else if (resource === "") errors.push(field.required(`${path}.resource`));
  else if (!containerResources.includes(resource) && !hugePages) {
    errors.push(field.notSupported(`${path}.resource`, resource, containerResources));
  }
  const rule = divisorRule(resource);
  if (divisor === undefined || rule === undefined || compareAmounts(divisor, "0") === 0) return;
  if (!rule.allowed.includes(String(divisor))) errors.push(field.invalid(`${path}.divisor`, resource, rule.why));
}

/** A key of a ConfigMap or Secret. */
export function checkKeyRef(
  errors: FieldError[],
  path: string,
  { name = "", key }: { readonly name?: string | undefined; readonly key: string },
): void {
  for (const message of isDNS1123Subdomain(name)) errors.push(field.invalid(`${path}.name`, name, message));
  if (key === "") errors.push(field.required(`${path}.key`));
  else for (const message of isConfigMapKey(key)) errors.push(field.invalid(`${path}.key`, key, message));
}
