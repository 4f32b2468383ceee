/** What a pod may ask for on the system that it names. */
import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Container, PodSpec } from "../../../generated/types.ts";

/** Every container of a pod with the path at which it stands. */
export function* containersOf(spec: PodSpec, path: string): Generator<readonly [Container, string]> {
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      yield [container as Container, field.index(`${path}.${list}`, index)];
    }
  }
}

const notOnWindows = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;
const containerNotOnWindows = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

function checkWindows(errors: FieldError[], path: string, spec: PodSpec): void {
  const cannot = "cannot be set for a windows pod";
  for (const key of notOnWindows) {
    if (spec.securityContext?.[key] === undefined) continue;
    errors.push(field.forbidden(`${path}.securityContext.${key}`, cannot));
  }
  for (const key of ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"] as const) {
    if (spec[key] !== undefined) errors.push(field.forbidden(`${path}.${key}`, cannot));
  }
  for (const [container, at] of containersOf(spec, path)) {
    for (const key of containerNotOnWindows) {
      if (container.securityContext?.[key] === undefined) continue;
      errors.push(field.forbidden(`${at}.securityContext.${key}`, cannot));
    }
  }
}

function checkLinux(errors: FieldError[], path: string, spec: PodSpec): void {
  const cannot = "windows options cannot be set for a linux pod";
  if (spec.securityContext?.windowsOptions !== undefined) {
    errors.push(field.forbidden(`${path}.securityContext.windowsOptions`, cannot));
  }
  for (const [container, at] of containersOf(spec, path)) {
    if (container.securityContext?.windowsOptions === undefined) continue;
    errors.push(field.forbidden(`${at}.securityContext.windowsOptions`, cannot));
  }
}

export function checkOs(errors: FieldError[], path: string, spec: PodSpec): void {
  switch (spec.os?.name) {
    case undefined:
      return;
    case "":
      errors.push(field.required(`${path}.os.name`));
      return;
    case "linux":
      checkLinux(errors, path, spec);
      return;
    case "windows":
      checkWindows(errors, path, spec);
      return;
    default:
      errors.push(field.notSupported(`${path}.os`, spec.os?.name, ["linux", "windows"]));
  }
}

/** Host process containers are all or none, and on the host's network. */
export function checkHostProcess(errors: FieldError[], path: string, spec: PodSpec): void {
  const own = spec.securityContext?.windowsOptions?.hostProcess;
  let all = 0;
  let host = 0;
  for (const [container, at] of containersOf(spec, path)) {
    all++;
    const asked = container.securityContext?.windowsOptions?.hostProcess;
    if (own !== undefined && asked !== undefined && own !== asked) {
      const why = `pod hostProcess value must be identical if both are specified, was ${own}`;
      errors.push(field.invalid(`${at}.securityContext.windowsOptions.hostProcess`, asked, why));
    }
    if ((asked ?? own) === true) host++;
  }
  if (host === 0) return;
  if (host !== all) {
    const why = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    errors.push(field.invalid(path, "", why));
  }
  if (spec.hostNetwork !== true) {
    const why = "hostNetwork must be true if pod contains any hostProcess containers";
    errors.push(field.invalid(`${path}.hostNetwork`, false, why));
  }
}
