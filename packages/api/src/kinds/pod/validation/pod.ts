/** Rules of Pods: on creation, and what an update may change. */
import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type {
  Container,
  EphemeralContainer,
  Pod,
  PodSchedulingGate,
  PodSpec,
  Toleration,
} from "../../../generated/types.ts";
import { rangeError } from "../../../name-validation.ts";
import { internalForm } from "../../internal-form.ts";
import { unifiedDiff } from "../../line-diff.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import { checkImageSpace } from "./containers.ts";
import { checkGatedScheduling } from "./gated-scheduling.ts";
import { checkPodAnnotationChanges, mirrorAnnotation } from "./pod-annotations.ts";
import { validatePodSpec } from "./pod-spec.ts";
import { checkTolerations } from "./scheduling.ts";

const noSpec: PodSpec = { containers: [] };

function checkTokenVolumes(errors: FieldError[], spec: PodSpec): void {
  if ((spec.serviceAccountName ?? "") !== "" || spec.volumes === undefined) return;
  for (const [index, { projected }] of spec.volumes.entries()) {
    for (const [sourceIndex, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
      if (serviceAccountToken === undefined) continue;
      const at = field.index(`${field.index("spec.volumes", index)}.projected.sources`, sourceIndex);
      const why = "must not be specified when serviceAccountName is not set";
      errors.push(field.forbidden(`${at}.serviceAccountToken`, why));
    }
  }
}

/** Rules of a Pod as it is, however it came about. */
export function podErrors(pod: Pod): FieldError[] {
  const spec = pod.spec ?? noSpec;
  const errors = validatePodSpec(spec, "spec", { isPod: true, metadata: pod.metadata });
  checkTokenVolumes(errors, spec);
  for (const list of ["containers", "initContainers"] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      checkImageSpace(errors, field.index(`spec.${list}`, index), container);
    }
  }
  return errors;
}

export function validatePodCreate(pod: Pod): FieldError[] {
  const errors = podErrors(pod);
  const { ephemeralContainers = [], nodeName = "", schedulingGates = [] } = pod.spec ?? noSpec;
  if (ephemeralContainers.length > 0) {
    errors.push(field.forbidden("spec.ephemeralContainers", "cannot be set on create"));
  }
  if (nodeName !== "" && schedulingGates.length > 0) {
    errors.push(field.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  }
  return errors;
}

/** Whether the containers correspond; images may change, their number may not. */
function checkContainerChanges(
  errors: FieldError[],
  path: string,
  next: readonly Container[] | undefined,
  old: readonly Container[] | undefined,
): boolean {
  if ((next ?? []).length !== (old ?? []).length) {
    errors.push(field.forbidden(path, "pod updates may not add or remove containers"));
    return false;
  }
  for (const [index, container] of (next ?? []).entries()) {
    const at = field.index(path, index);
    if ((container.image ?? "") === "") errors.push(field.required(`${at}.image`));
    checkImageSpace(errors, at, container);
  }
  return true;
}

const maxDeadline = 2 ** 31 - 1;

/** A deadline may be set and drawn nearer, never put off. False where nothing else is worth saying. */
function checkDeadlineChange(errors: FieldError[], next: number | undefined, old: number | undefined): boolean {
  const path = "spec.activeDeadlineSeconds";
  if (next === undefined) {
    if (old !== undefined) {
      errors.push(field.invalid(path, null, "must not update from a positive integer to nil value"));
    }
    return true;
  }
  if (next < 0 || next > maxDeadline) {
    errors.push(field.invalid(path, next, rangeError(0, maxDeadline)));
    return false;
  }
  if (old === undefined || old >= next) return true;
  errors.push(field.invalid(path, next, "must be less than or equal to previous value"));
  return false;
}

/** A toleration but for its time. */
const identity = ({ key = "", operator = "", value = "", effect = "" }: Toleration): string =>
  JSON.stringify([key, operator, value, effect]);

function checkTolerationChanges(
  errors: FieldError[],
  next: readonly Toleration[] | undefined,
  old: readonly Toleration[] | undefined,
): void {
  const after = new Set((next ?? []).map(identity));
  const kept = (old ?? []).every((before) => after.has(identity(before)));
  if (kept) checkTolerations(errors, "spec.tolerations", next ?? []);
  else {
    const why = "existing toleration can not be modified except its tolerationSeconds";
    errors.push(field.forbidden("spec.tolerations", why));
  }
}

function checkGateChanges(
  errors: FieldError[],
  next: readonly PodSchedulingGate[] | undefined,
  old: readonly PodSchedulingGate[] | undefined,
): void {
  const before = new Set((old ?? []).map((gate) => gate.name));
  for (const [index, { name }] of (next ?? []).entries()) {
    if (before.has(name)) continue;
    const at = `${field.index("spec.schedulingGates", index)}.name`;
    errors.push(field.forbidden(at, `only deletion is allowed, but found new scheduling gate '${name}'`));
  }
}

const mayChange = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

const withImagesOf = (next: readonly Container[] | undefined, old: readonly Container[] | undefined): Container[] =>
  (next ?? []).map((container, index) => {
    const { image: _image, ...rest } = container;
    const before = old?.[index]?.image;
    return before === undefined ? rest : { ...rest, image: before };
  });

/** The new specification with everything that may change put back: what still differs is refused. */
function withAllowedChangesUndone(next: PodSpec, old: PodSpec): PodSpec {
  const undone: PodSpec = { ...next, containers: withImagesOf(next.containers, old.containers) };
  if (next.initContainers !== undefined) {
    undone.initContainers = withImagesOf(next.initContainers, old.initContainers);
  }
  for (const key of ["activeDeadlineSeconds", "schedulingGates", "tolerations"] as const) {
    if (old[key] === undefined) delete undone[key];
    else Object.assign(undone, { [key]: old[key] });
  }
  const grace = old.terminationGracePeriodSeconds;
  if (grace !== undefined && grace < 0 && next.terminationGracePeriodSeconds === 1) {
    undone.terminationGracePeriodSeconds = grace;
  }
  return undone;
}

const printed = (type: string, value: object): string => JSON.stringify(internalForm(type, value), null, 1);

export function validatePodUpdate(next: Pod, old: Pod): FieldError[] {
  const errors = podErrors(next);
  checkPodAnnotationChanges(errors, next, old);
  const after = next.spec ?? noSpec;
  const before = old.spec ?? noSpec;
  if (!checkContainerChanges(errors, "spec.containers", after.containers, before.containers)) return errors;
  if (!checkContainerChanges(errors, "spec.initContainers", after.initContainers, before.initContainers)) return errors;
  if (!checkDeadlineChange(errors, after.activeDeadlineSeconds, before.activeDeadlineSeconds)) return errors;
  checkTolerationChanges(errors, after.tolerations, before.tolerations);
  checkGateChanges(errors, after.schedulingGates, before.schedulingGates);
  if (semanticEqual(after, before)) return errors;
  const undone = withAllowedChangesUndone(after, before);
  if ((before.schedulingGates ?? []).length > 0) checkGatedScheduling(errors, undone, before);
  if (semanticEqual(undone, before)) return errors;
  const difference = unifiedDiff(printed("PodSpec", before), printed("PodSpec", undone));
  errors.push(field.forbidden("spec", `pod updates may not change fields other than ${mayChange}\n${difference}`));
  return errors;
}

/** Ephemeral containers come and stay. */
export function validateEphemeralContainersUpdate(next: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    return [field.forbidden("[]", "static pods do not support ephemeral containers")];
  }
  const errors = podErrors(next);
  checkPodAnnotationChanges(errors, next, old);
  const path = "spec.ephemeralContainers";
  const after = new Map((next.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const same: EphemeralContainer | undefined = after.get(before.name);
    if (same === undefined) {
      errors.push(field.forbidden(path, `existing ephemeral containers "${before.name}" may not be removed\n`));
    } else if (!semanticEqual(same, before)) {
      const difference = unifiedDiff(printed("EphemeralContainer", before), printed("EphemeralContainer", same));
      const why = `existing ephemeral containers "${before.name}" may not be changed\n${difference}`;
      errors.push(field.forbidden(path, why));
    }
  }
  return errors;
}
