import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Pod } from "../../../generated/types.ts";
import { validatePodSpec } from "./pod-spec.ts";

const validate = (pod: Pod): FieldError[] => validatePodSpec(pod.spec, "spec", { isPod: true });

export function validatePodCreate(pod: Pod): FieldError[] {
  const errors = validate(pod);
  if ((pod.spec?.ephemeralContainers ?? []).length > 0) {
    errors.push(field.forbidden("spec.ephemeralContainers", "cannot be set on create"));
  }
  if ((pod.spec?.nodeName ?? "") !== "" && (pod.spec?.schedulingGates ?? []).length > 0) {
    errors.push(field.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  }
  return errors;
}

export const validatePodUpdate = (next: Pod, _old: Pod): FieldError[] => validate(next);
export const validateEphemeralContainersUpdate = (next: Pod, _old: Pod): FieldError[] => validate(next);
export const validatePodResize = (next: Pod, _old: Pod): FieldError[] => validate(next);
export const validatePodStatusUpdate = (_next: Pod, _old: Pod): FieldError[] => [];
