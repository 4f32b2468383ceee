import { parseQuantity, quantityMilliValue, quantityValue } from "@bulkhead/api";

export type ResourceList = Readonly<Record<string, string | number>>;

/** Thousandths of a CPU; 0 when absent. */
export const milliCpu = (list: ResourceList | undefined): number =>
  list?.["cpu"] === undefined ? 0 : quantityMilliValue(parseQuantity(list["cpu"]));

/** Whole units (bytes) of a resource; 0 when absent. */
export const amount = (list: ResourceList | undefined, name: string): number =>
  list?.[name] === undefined ? 0 : quantityValue(parseQuantity(list[name]));
