import type { ObjectMeta, PodSpec } from "../../generated/types.ts";
import { quantity, type ResourceList } from "../resources.ts";

const billion = 1_000_000_000n;

function fractionalWarnings(list: ResourceList | undefined, path: string): string[] {
  const warnings: string[] = [];
  for (const name of ["memory", "ephemeral-storage"]) {
    const amount = list?.[name];
    if (amount !== undefined && quantity(amount).nano % billion !== 0n) {
      warnings.push(`${path}[${name}]: fractional byte value "${amount}" is invalid, must be an integer`);
    }
  }
  return warnings;
}

/** Warnings for a pod's specification, in a Pod and in a template alike. `path` is where it stands. */
export function podSpecWarnings(spec: PodSpec | undefined, path: string, _meta: ObjectMeta | undefined): string[] {
  if (spec === undefined) return [];
  const warnings: string[] = [];
  for (const list of ["initContainers", "containers"] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const at = `${path}.${list}[${index}].resources`;
      warnings.push(...fractionalWarnings(container.resources?.limits, `${at}.limits`));
      warnings.push(...fractionalWarnings(container.resources?.requests, `${at}.requests`));
    }
  }
  return warnings;
}
