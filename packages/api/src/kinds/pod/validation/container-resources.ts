import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { ContainerResizePolicy, PodSpec, ResourceRequirements } from "../../../generated/types.ts";
import { isDNS1123Label } from "../../../name-validation.ts";
import { formatQuantity } from "../../../quantity.ts";
import { oneOfErrors } from "../../name-fields.ts";
import { ownValue } from "../../own-value.ts";
import {
  compareAmounts,
  containerResourceNameErrors,
  isHugePages,
  isWholeHugePages,
  mayOvercommit,
  quantity,
  type ResourceList,
  resourceNameErrors,
  resourceQuantityErrors,
} from "../../resources.ts";

type NameRule = (name: string, path: string) => FieldError[];

/** cpu and memory in amounts that are not negative: nothing to say about most lists. */
const isPlain = (name: string, amount: string | number): boolean =>
  (name === "cpu" || name === "memory") && quantity(amount).nano >= 0n;

function checkAmount(errors: FieldError[], at: string, name: string, amount: string | number, rule: NameRule): void {
  if (isPlain(name, amount)) return;
  errors.push(...rule(name, at), ...resourceQuantityErrors(name, amount, at));
  if (!isHugePages(name) || isWholeHugePages(name, amount)) return;
  const shown = formatQuantity(quantity(amount));
  errors.push(field.invalid(at, shown, `${shown} is not positive integer multiple of ${name}`));
}

function checkAgainstLimit(
  errors: FieldError[],
  path: string,
  name: string,
  amount: string | number,
  limit: string | number | undefined,
): void {
  if (limit === undefined) {
    if (!mayOvercommit(name)) {
      errors.push(field.required(`${path}.limits`, "Limit must be set for non overcommitable resources"));
    }
    return;
  }
  const order = compareAmounts(amount, limit);
  const shown = (): string => formatQuantity(quantity(amount));
  if (order !== 0 && !mayOvercommit(name)) {
    const why = `must be equal to ${name} limit of ${formatQuantity(quantity(limit))}`;
    errors.push(field.invalid(`${path}.requests`, shown(), why));
  } else if (order > 0) {
    const why = `must be less than or equal to ${name} limit of ${formatQuantity(quantity(limit))}`;
    errors.push(field.invalid(`${path}.requests`, shown(), why));
  }
}

const has = (list: ResourceList, test: (name: string) => boolean): boolean => Object.keys(list).some(test);
const isCompute = (name: string): boolean => name === "cpu" || name === "memory";

function checkClaims(
  errors: FieldError[],
  path: string,
  claims: NonNullable<ResourceRequirements["claims"]>,
  podClaims: ReadonlySet<string>,
): void {
  const seen = new Set<string>();
  for (const [index, { name, request = "" }] of claims.entries()) {
    const at = field.index(path, index);
    if (name === "") {
      errors.push(field.required(at));
      continue;
    }
    const key = request === "" ? name : `${name}/${request}`;
    for (const m of request === "" ? [] : isDNS1123Label(request))
      errors.push(field.invalid(`${at}.request`, request, m));
    const overlaps = request === "" && [...seen].some((other) => other.startsWith(`${name}/`));
    if (seen.has(name) || seen.has(key) || overlaps) errors.push(field.duplicate(at, seen.has(name) ? name : key));
    seen.add(key);
    if (podClaims.has(name)) continue;
    const known = podClaims.size === 0 ? " which is empty" : `: ${[...podClaims].sort().join(", ")}`;
    const { message, ...rest } = field.notFound(at, name);
    errors.push({ ...rest, message: `${message}: must be one of the names in pod.spec.resourceClaims${known}` });
  }
}

const noLists: ResourceList = {};

export function checkResources(
  errors: FieldError[],
  path: string,
  requirements: ResourceRequirements,
  podClaims: ReadonlySet<string>,
  rule: NameRule = containerResourceNameErrors,
): void {
  const { limits = noLists, requests = noLists, claims } = requirements;
  let hugePages = false;
  for (const name in limits) {
    checkAmount(errors, field.key(`${path}.limits`, name), name, limits[name] as string | number, rule);
    if (isHugePages(name)) hugePages = true;
  }
  for (const name in requests) {
    const amount = requests[name] as string | number;
    checkAmount(errors, field.key(`${path}.requests`, name), name, amount, rule);
    checkAgainstLimit(errors, path, name, amount, ownValue(limits, name));
    if (isHugePages(name)) hugePages = true;
  }
  if (hugePages && !has(limits, isCompute) && !has(requests, isCompute)) {
    errors.push(field.forbidden(path, "HugePages require cpu or memory"));
  }
  if (claims !== undefined) checkClaims(errors, `${path}.claims`, claims, podClaims);
}

const podResources = ["cpu", "hugepages-", "memory"];

/** Resources of the pod as a whole: cpu, memory and huge pages only. */
const podResourceNameErrors: NameRule = (name, path) => {
  const errors = resourceNameErrors(name, path);
  if (errors.length > 0 || isCompute(name) || isHugePages(name)) return errors;
  return [field.notSupported(path, name, podResources)];
};

export function checkPodResources(
  errors: FieldError[],
  path: string,
  spec: PodSpec,
  podClaims: ReadonlySet<string>,
  total: (which: "requests" | "limits") => ResourceList,
): void {
  const { resources } = spec;
  if (resources === undefined) return;
  if (spec.os?.name === "windows") {
    errors.push(field.forbidden(path, "may not be set for a windows pod"));
    return;
  }
  if (resources.claims !== undefined) {
    errors.push(field.forbidden(`${path}.claims`, "claims may not be set for Resources at pod-level"));
  }
  checkResources(errors, path, resources, podClaims, podResourceNameErrors);
  for (const which of ["requests", "limits"] as const) {
    for (const [name, amount] of Object.entries(total(which))) {
      const own = ownValue(resources[which], name);
      if (own === undefined || (which === "limits" && !isHugePages(name)) || compareAmounts(amount, own) <= 0) continue;
      const why = `must be greater than or equal to aggregate container ${which} of ${formatQuantity(quantity(amount))}`;
      errors.push(field.invalid(field.key(`${path}.${which}`, name), formatQuantity(quantity(own)), why));
    }
  }
  for (const [index, container] of (spec.containers ?? []).entries()) {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const own = ownValue(resources.limits, name);
      if (own === undefined || compareAmounts(limit, own) <= 0) continue;
      const at = `${field.key(field.index(`${path}.containers`, index), name)}.limits`;
      const why = `must be less than or equal to pod limits of ${formatQuantity(quantity(own))}`;
      errors.push(field.invalid(at, formatQuantity(quantity(limit)), why));
    }
  }
}

export function checkResizePolicy(
  errors: FieldError[],
  path: string,
  policies: readonly ContainerResizePolicy[],
  restartPolicy: string | undefined,
): void {
  const seen = new Set<string>();
  for (const [index, { resourceName, restartPolicy: onResize }] of policies.entries()) {
    if (seen.has(resourceName)) errors.push(field.duplicate(field.index(path, index), resourceName));
    seen.add(resourceName);
    if (resourceName === "") errors.push(field.required(path));
    else errors.push(...oneOfErrors(path, resourceName, ["cpu", "memory"]));
    if (onResize === "") errors.push(field.required(path));
    else errors.push(...oneOfErrors(path, onResize, ["NotRequired", "RestartContainer"]));
    if (restartPolicy === "Never" && onResize !== "NotRequired") {
      errors.push(field.invalid(path, onResize, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    }
  }
}
