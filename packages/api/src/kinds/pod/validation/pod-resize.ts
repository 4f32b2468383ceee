import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Container, Pod, PodSpec, ResourceRequirements } from "../../../generated/types.ts";
import { ownValue } from "../../own-value.ts";
import type { ResourceList } from "../../resources.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import { qosClass } from "../qos.ts";
import { podErrors } from "./pod.ts";
import { mirrorAnnotation } from "./pod-annotations.ts";

const noSpec: PodSpec = { containers: [] };
const resizable = ["cpu", "memory"] as const;

const isSet = (resources: ResourceRequirements | undefined): boolean =>
  Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0;

function checkOrder(
  errors: FieldError[],
  list: "containers" | "initContainers",
  next: readonly Container[] | undefined,
  old: readonly Container[] | undefined,
): void {
  const path = `spec.${list}`;
  if ((next ?? []).length !== (old ?? []).length) {
    errors.push(field.forbidden(path, `${list} may not be added or removed on resize`));
    return;
  }
  for (const [index, { name }] of (old ?? []).entries()) {
    if (next?.[index]?.name === name) continue;
    const why = `${list} may not be renamed or reordered on resize`;
    errors.push(field.forbidden(`${field.index(path, index)}.name`, why));
  }
}

const removed = (next: ResourceList | undefined, old: ResourceList | undefined): boolean =>
  Object.keys(old ?? {}).some((name) => ownValue(next, name) === undefined);

function checkRemoved(
  errors: FieldError[],
  path: string,
  next: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  whose: string,
): void {
  for (const which of ["requests", "limits"] as const) {
    if (!removed(next?.[which], old?.[which])) continue;
    errors.push(field.forbidden(`${path}.${which}`, `${whose} ${which} cannot be removed`));
  }
}

function withResizableOf(next: ResourceList | undefined, old: ResourceList | undefined): ResourceList {
  const list: ResourceList = { ...next };
  for (const name of resizable) {
    const before = old?.[name];
    if (before === undefined) delete list[name];
    else list[name] = before;
  }
  return list;
}

/** The container with its cpu and memory put back: what still differs is refused. */
function undone(next: Container, old: Container | undefined): Container {
  const resources: ResourceRequirements = {
    limits: withResizableOf(next.resources?.limits, old?.resources?.limits),
    requests: withResizableOf(next.resources?.requests, old?.resources?.requests),
  };
  for (const which of ["limits", "requests"] as const) {
    if (Object.keys(resources[which] ?? {}).length === 0) delete resources[which];
  }
  return { ...next, resources };
}

function checkInitContainers(errors: FieldError[], next: PodSpec, old: PodSpec): void {
  for (const [index, container] of (next.initContainers ?? []).entries()) {
    const before = old.initContainers?.[index];
    const at = field.index("spec.initContainers", index);
    if (!semanticEqual(undone(container, before), before)) {
      const why = "only cpu and memory resources for init or sidecar containers are mutable";
      errors.push(field.forbidden(at, why));
    }
    const restarts = (container.resizePolicy ?? []).filter(({ restartPolicy }) => restartPolicy === "RestartContainer");
    if (semanticEqual(container, before) || container.restartPolicy === "Always") continue;
    const why = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
    for (const _ of restarts) errors.push(field.forbidden(at, why));
  }
}

function isSupported(pod: Pod): boolean {
  const running = (pod.status?.containerStatuses ?? []).find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

/** In-place resize changes cpu and memory of containers, nothing else, and never the quality of service class. */
export function validatePodResize(next: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    return [field.forbidden("[]", "static pods cannot be resized")];
  }
  if (old.spec?.os?.name === "windows") return [field.forbidden("[]", "windows pods cannot be resized")];
  const after = next.spec ?? noSpec;
  const before = old.spec ?? noSpec;
  const errors = podErrors(next);
  const oldClass = old.status?.qosClass ?? qosClass(before);
  if (oldClass !== qosClass(after)) {
    const why = "Pod QOS Class may not change as a result of resizing";
    errors.push(field.invalid("spec", next.status?.qosClass ?? "", why));
  }
  if (!isSupported(old)) errors.push(field.forbidden("spec", "Pod running on node without support for resize"));
  if (isSet(before.resources) || isSet(after.resources)) {
    if (!semanticEqual(before.resources, after.resources)) {
      checkRemoved(errors, "spec.resources", after.resources, before.resources, "pod-level resource");
      errors.push(field.forbidden("spec.resources", "resources of the pod as a whole are not resized in place"));
      return errors;
    }
  }
  const ordered = errors.length;
  checkOrder(errors, "containers", after.containers, before.containers);
  checkOrder(errors, "initContainers", after.initContainers, before.initContainers);
  if (errors.length > ordered) return errors;
  for (const list of ["initContainers", "containers"] as const) {
    for (const [index, container] of (before[list] ?? []).entries()) {
      const at = `${field.index(`spec.${list}`, index)}.resources`;
      checkRemoved(errors, at, after[list]?.[index]?.resources, container.resources, "resource");
    }
  }
  const only = "only cpu and memory resources are mutable";
  for (const [index, container] of (after.containers ?? []).entries()) {
    const same = before.containers?.[index];
    if (!semanticEqual(undone(container, same), same)) errors.push(field.forbidden("spec", only));
  }
  checkInitContainers(errors, after, before);
  if (errors.length > 0) return errors;
  const { containers: _next, initContainers: _nextInit, ...rest } = after;
  const { containers: _old, initContainers: _oldInit, ...oldRest } = before;
  return semanticEqual(rest, oldRest) ? [] : [field.forbidden("spec", only)];
}
