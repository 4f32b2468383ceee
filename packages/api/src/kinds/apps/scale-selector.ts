import type { LabelSelector } from "../../generated/types.ts";
import { labelSelectorAsSelector, SelectorError } from "../../label-selector.ts";

/** A selector in the string form that a Scale's status carries; "" where it cannot be read. */
export function scaleSelector(selector: LabelSelector | null | undefined): string {
  try {
    return labelSelectorAsSelector(selector).toString();
  } catch (error) {
    if (error instanceof SelectorError) return "";
    throw error;
  }
}
