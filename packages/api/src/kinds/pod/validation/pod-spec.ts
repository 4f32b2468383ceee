import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { ObjectMeta, PodSpec } from "../../../generated/types.ts";
import { isDNS1123Label } from "../../../name-validation.ts";

export interface PodSpecOptions {
  /** The specification of a Pod itself, not of a template. */
  readonly isPod: boolean;
  readonly metadata?: ObjectMeta | undefined;
}

export function validatePodSpec(spec: PodSpec | undefined, path: string, _options: PodSpecOptions): FieldError[] {
  const errors: FieldError[] = [];
  const containers = spec?.containers ?? [];
  if (containers.length === 0) errors.push(field.required(`${path}.containers`));
  const seen = new Set<string>();
  containers.forEach((container, index) => {
    const at = field.index(`${path}.containers`, index);
    if (container.name === "") errors.push(field.required(`${at}.name`));
    else errors.push(...isDNS1123Label(container.name).map((m) => field.invalid(`${at}.name`, container.name, m)));
    if (seen.has(container.name)) errors.push(field.duplicate(`${at}.name`, container.name));
    seen.add(container.name);
    if ((container.image ?? "") === "") errors.push(field.required(`${at}.image`));
  });
  return errors;
}
