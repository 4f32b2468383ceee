import { isValidPercent } from "./name-validation.ts";

/** A number, or a string that is a number's name or a percentage. */
export type IntOrString = number | string;

/** The percentage in `25%`, or undefined where it is none. */
export function percentOf(value: IntOrString): number | undefined {
  if (typeof value !== "string" || isValidPercent(value).length > 0) return undefined;
  return Number(value.slice(0, -1));
}

/**
 * A number as it stands, or a percentage of total, rounded up or down (intstr.GetScaledValueFromIntOrPercent).
 * Undefined for a string that is no percentage.
 */
export function scaledIntOrPercent(value: IntOrString, total: number, roundUp: boolean): number | undefined {
  if (typeof value === "number") return value;
  const percent = percentOf(value);
  if (percent === undefined) return undefined;
  const scaled = (percent * total) / 100;
  return roundUp ? Math.ceil(scaled) : Math.floor(scaled);
}
