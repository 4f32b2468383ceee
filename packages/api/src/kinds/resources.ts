/** Names and amounts of resources (cpu, memory, example.com/gpu) in requests, limits, capacity. */
import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import { isQualifiedName } from "../name-validation.ts";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  type ParsedQuantity,
  quantityMilliValue,
  roundUpToMilli,
  tryParseQuantity,
  zeroQuantity,
} from "../quantity.ts";
import { ownValue } from "./own-value.ts";

export type ResourceList = Record<string, string | number>;

const parsed = new Map<string | number, ParsedQuantity>();
const maxParsed = 2048;

/** A quantity of an object that was decoded already; the same few recur, so they are kept. */
export function quantity(text: string | number): ParsedQuantity {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const value = tryParseQuantity(text) ?? zeroQuantity;
  if (parsed.size >= maxParsed) parsed.clear();
  parsed.set(text, value);
  return value;
}

const containerResources: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);
const standardResources: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers",
]);
const integerResources: ReadonlySet<string> = new Set([
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);

export const isHugePages = (name: string): boolean => name.startsWith("hugepages-");
const isNative = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");

/** A resource of some device's: a qualified name outside Kubernetes' own domain. */
export const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith("requests.") && isQualifiedName(`requests.${name}`).length === 0;

/** Whether more of it may be promised than there is: then a request need not equal the limit. */
export const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

const isStandard = (name: string): boolean =>
  standardResources.has(name) || isHugePages(name) || name.startsWith("requests.hugepages-");

/** The name of any resource, as quotas and capacities have it. */
export function resourceNameErrors(name: string, path: string): FieldError[] {
  if (containerResources.has(name)) return [];
  const errors = isQualifiedName(name).map((message) => field.invalid(path, name, message));
  if (errors.length === 0 && !name.includes("/") && !isStandard(name)) {
    errors.push(field.invalid(path, name, "must be a standard resource type or fully qualified"));
  }
  return errors;
}

/** The name of a resource that a container may ask for. */
export function containerResourceNameErrors(name: string, path: string): FieldError[] {
  if (containerResources.has(name)) return [];
  const errors = resourceNameErrors(name, path);
  if (!name.includes("/")) {
    if (!isHugePages(name)) errors.push(field.invalid(path, name, "must be a standard resource for containers"));
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(field.invalid(path, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

const million = 1_000_000n;

/** An amount: not negative, and whole where the resource is counted in pieces. */
export function resourceQuantityErrors(name: string, amount: string | number, path: string): FieldError[] {
  const value = quantity(amount);
  const errors: FieldError[] = [];
  if (value.nano < 0n) errors.push(field.invalid(path, formatQuantity(value), "must be greater than or equal to 0"));
  const counted = integerResources.has(name) || (name.includes("/") && isExtended(name));
  if (counted && quantityMilliValue(value) % 1000 !== 0) {
    errors.push(field.invalid(path, formatQuantity(value), "must be an integer"));
  }
  return errors;
}

/** Rounds every amount up to thousandths, in place. */
export function roundUpResources(list: ResourceList | undefined): void {
  if (list === undefined) return;
  for (const name in list) {
    const value = quantity(list[name] as string | number);
    if (value.nano % million !== 0n) list[name] = formatQuantity(roundUpToMilli(value));
  }
}

/** Negative, zero or positive, as the first amount is less than, equal to or more than the second. */
export const compareAmounts = (a: string | number, b: string | number): number =>
  a === b ? 0 : compareQuantities(quantity(a), quantity(b));

/** A huge page's size in bytes and whether an amount is a multiple of it. */
export function isWholeHugePages(name: string, amount: string | number): boolean {
  const size = tryParseQuantity(name.slice("hugepages-".length));
  if (size === undefined || size.nano <= 0n) return false;
  return quantity(amount).nano % size.nano === 0n;
}

/** Adds every amount of a list to another, in place. */
export function addTo(sum: ResourceList, list: Readonly<ResourceList> | undefined): void {
  for (const name in list) {
    const amount = list[name] as string | number;
    const before = ownValue(sum, name);
    sum[name] = before === undefined ? amount : formatQuantity(addQuantities(quantity(before), quantity(amount)));
  }
}

/** The larger amount of each resource. */
export function largerOf(a: Readonly<ResourceList>, b: Readonly<ResourceList>): ResourceList {
  const larger: ResourceList = { ...a };
  for (const name in b) {
    const amount = b[name] as string | number;
    const other = ownValue(larger, name);
    if (other === undefined || compareAmounts(amount, other) > 0) larger[name] = amount;
  }
  return larger;
}
