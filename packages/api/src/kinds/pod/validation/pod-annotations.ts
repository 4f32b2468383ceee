/** Annotations of pods that mean something to the server. */
import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { AppArmorProfile, Pod, PodSpec, SeccompProfile } from "../../../generated/types.ts";
import { checkDescendingPath } from "./file-paths.ts";
import { containersOf } from "./pod-os.ts";

type Annotations = Readonly<Record<string, string>>;

export const mirrorAnnotation = "kubernetes.io/config.mirror";
const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";
const seccompPodAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
const seccompContainerPrefix = "container.seccomp.security.alpha.kubernetes.io/";
const appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";
const localhostPrefix = "localhost/";

const isInt32 = (text: string): boolean =>
  /^(0|-?[1-9]\d*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31;

function checkSeccompText(errors: FieldError[], path: string, profile: string): void {
  if (["runtime/default", "docker/default", "unconfined"].includes(profile)) return;
  if (profile.startsWith(localhostPrefix)) checkDescendingPath(errors, path, profile.slice(localhostPrefix.length));
  else errors.push(field.invalid(path, profile, "must be a valid seccomp profile"));
}

function checkAppArmorText(errors: FieldError[], path: string, key: string, profile: string, spec: PodSpec): void {
  const name = key.slice(appArmorPrefix.length);
  const known = [...containersOf(spec, "spec")].some(([container]) => container.name === name);
  if (!known) errors.push(field.invalid(field.key(path, key), name, "container not found"));
  if (["", "runtime/default", "unconfined"].includes(profile) || profile.startsWith(localhostPrefix)) return;
  errors.push(field.invalid(field.key(path, key), profile, `invalid AppArmor profile name: "${profile}"`));
}

export function checkPodAnnotations(errors: FieldError[], path: string, annotations: Annotations, spec: PodSpec): void {
  for (const key in annotations) {
    const value = annotations[key] ?? "";
    if (key === mirrorAnnotation && (spec.nodeName ?? "") === "") {
      const why = "must set spec.nodeName if mirror pod annotation is set";
      errors.push(field.invalid(field.key(path, key), value, why));
    }
    if (key === deletionCostAnnotation && !isInt32(value)) {
      errors.push(field.invalid(field.key(path, key), value, "must be a 32bit integer"));
    }
    if (key === seccompPodAnnotation || key.startsWith(seccompContainerPrefix)) {
      checkSeccompText(errors, `${path}.${key}`, value);
    }
    if (key.startsWith(appArmorPrefix)) checkAppArmorText(errors, path, key, value, spec);
  }
}

function checkMatch(
  errors: FieldError[],
  path: string,
  kind: "seccomp" | "apparmor",
  profile: SeccompProfile | AppArmorProfile,
  annotation: string,
): void {
  const differ = `${kind} type in annotation and field must match`;
  const names: Readonly<Record<string, readonly string[]>> = {
    Unconfined: ["unconfined"],
    RuntimeDefault: kind === "seccomp" ? ["runtime/default", "docker/default"] : ["runtime/default"],
  };
  const expected = names[profile.type];
  if (expected !== undefined) {
    if (!expected.includes(annotation)) errors.push(field.forbidden(`${path}.type`, differ));
  } else if (profile.type === "Localhost") {
    if (!annotation.startsWith(localhostPrefix)) errors.push(field.forbidden(`${path}.type`, differ));
    else if (annotation.slice(localhostPrefix.length) !== profile.localhostProfile) {
      errors.push(field.forbidden(`${path}.localhostProfile`, `${kind} profile in annotation and field must match`));
    }
  }
}

/** The old annotations and the fields that took their place must not disagree. */
export function checkProfilesAgree(errors: FieldError[], path: string, annotations: Annotations, spec: PodSpec): void {
  const podSeccomp = spec.securityContext?.seccompProfile;
  const podAnnotation = annotations[seccompPodAnnotation];
  if (podSeccomp !== undefined && podAnnotation !== undefined) {
    checkMatch(errors, `${path}.securityContext.seccompProfile`, "seccomp", podSeccomp, podAnnotation);
  }
  for (const [container, at] of containersOf(spec, path)) {
    const seccomp = container.securityContext?.seccompProfile;
    const seccompText = annotations[`${seccompContainerPrefix}${container.name}`];
    if (seccomp !== undefined && seccompText !== undefined) {
      checkMatch(errors, `${at}.securityContext.seccompProfile`, "seccomp", seccomp, seccompText);
    }
    const appArmor = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    const appArmorText = annotations[`${appArmorPrefix}${container.name}`];
    if (spec.os?.name !== "windows" && appArmor !== undefined && appArmorText !== undefined) {
      checkMatch(errors, `${at}.securityContext.appArmorProfile`, "apparmor", appArmor, appArmorText);
    }
  }
}

const none: Annotations = {};

/** AppArmor annotations and the mark of a mirror pod stay as they were on creation. */
export function checkPodAnnotationChanges(errors: FieldError[], next: Pod, old: Pod): void {
  const path = "metadata.annotations";
  const after = next.metadata.annotations ?? none;
  const before = old.metadata.annotations ?? none;
  for (const key in before) {
    if (after[key] === before[key]) continue;
    if (key.startsWith(appArmorPrefix)) {
      errors.push(field.forbidden(field.key(path, key), "may not remove or update AppArmor annotations"));
    }
    if (key === mirrorAnnotation) {
      errors.push(field.forbidden(field.key(path, key), "may not remove or update mirror pod annotation"));
    }
  }
  for (const key in after) {
    if (Object.hasOwn(before, key)) continue;
    if (key.startsWith(appArmorPrefix)) {
      errors.push(field.forbidden(field.key(path, key), "may not add AppArmor annotations"));
    }
    if (key === mirrorAnnotation)
      errors.push(field.forbidden(field.key(path, key), "may not add mirror pod annotation"));
  }
}
