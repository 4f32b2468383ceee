import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { Container, Volume, VolumeDevice, VolumeMount } from "../../../generated/types.ts";
import { oneOfErrors } from "../../name-fields.ts";
import { checkDescendingPath, hasBacksteps } from "./file-paths.ts";

type Volumes = ReadonlyMap<string, Volume>;

function checkPropagation(errors: FieldError[], path: string, propagation: string, container: Container): void {
  errors.push(...oneOfErrors(path, propagation, ["Bidirectional", "HostToContainer", "None"]));
  if (propagation === "Bidirectional" && container.securityContext?.privileged !== true) {
    const why = "Bidirectional mount propagation is available only to privileged containers";
    errors.push(field.forbidden(path, why));
  }
}

function checkRecursiveReadOnly(errors: FieldError[], path: string, mount: VolumeMount): void {
  const { recursiveReadOnly: mode, readOnly, mountPropagation } = mount;
  if (mode === undefined || mode === "Disabled") return;
  if (mode !== "Enabled" && mode !== "IfPossible") {
    errors.push(field.notSupported(path, mode, ["Disabled", "Enabled", "IfPossible"]));
    return;
  }
  if (readOnly !== true) errors.push(field.forbidden(path, "may only be specified when readOnly is true"));
  if (mountPropagation !== undefined && mountPropagation !== "None") {
    errors.push(field.forbidden(path, "may only be specified when mountPropagation is None or not specified"));
  }
}

function checkSubPaths(
  errors: FieldError[],
  path: string,
  at: string,
  { subPath = "", subPathExpr = "" }: VolumeMount,
): void {
  // Upstream leaves the index out of these.
  if (subPath !== "") checkDescendingPath(errors, `${path}.subPath`, subPath);
  if (subPathExpr === "") return;
  if (subPath !== "") {
    errors.push(field.invalid(`${at}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive"));
  }
  checkDescendingPath(errors, `${path}.subPathExpr`, subPathExpr);
}

export function checkVolumeMounts(errors: FieldError[], path: string, container: Container, volumes: Volumes): void {
  const devices = new Set((container.volumeDevices ?? []).map((device) => device.name));
  const devicePaths = new Set((container.volumeDevices ?? []).map(({ devicePath }) => devicePath));
  const taken = new Set<string>();
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const at = field.index(path, index);
    const { name, mountPath } = mount;
    if (name === "") errors.push(field.required(`${at}.name`));
    if (!volumes.has(name)) errors.push(field.notFound(`${at}.name`, name));
    if (mountPath === "") errors.push(field.required(`${at}.mountPath`));
    if (taken.has(mountPath)) errors.push(field.invalid(`${at}.mountPath`, mountPath, "must be unique"));
    taken.add(mountPath);
    if (devices.has(name)) {
      errors.push(field.invalid(`${at}.name`, name, "must not already exist in volumeDevices"));
    }
    if (devicePaths.has(mountPath)) {
      const why = "must not already exist as a path in volumeDevices";
      errors.push(field.invalid(`${at}.mountPath`, mountPath, why));
    }
    checkSubPaths(errors, path, at, mount);
    if (mount.mountPropagation !== undefined) {
      checkPropagation(errors, `${path}.mountPropagation`, mount.mountPropagation, container);
    }
    checkRecursiveReadOnly(errors, `${path}.recursiveReadOnly`, mount);
  }
}

const mayBeBlock = (volume: Volume): boolean =>
  volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined;

export function checkVolumeDevices(
  errors: FieldError[],
  path: string,
  devices: readonly VolumeDevice[],
  mounts: readonly VolumeMount[],
  volumes: Volumes,
): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounted = new Set(mounts.map((mount) => mount.name));
  const mountPaths = new Set(mounts.map(({ mountPath }) => mountPath));
  for (const [index, { name, devicePath }] of devices.entries()) {
    const at = field.index(path, index);
    const volume = volumes.get(name);
    if (name === "") errors.push(field.required(`${at}.name`));
    if (names.has(name)) errors.push(field.invalid(`${at}.name`, name, "must be unique"));
    if (volume === undefined) errors.push(field.notFound(`${at}.name`, name));
    else if (!mayBeBlock(volume)) {
      const why = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      errors.push(field.invalid(`${at}.name`, name, why));
    }
    if (devicePath === "") errors.push(field.required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(field.invalid(`${at}.devicePath`, devicePath, "must be unique"));
    if (hasBacksteps(devicePath)) {
      errors.push(field.invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    } else paths.add(devicePath);
    if (mounted.has(name)) {
      errors.push(field.invalid(`${at}.name`, name, "must not already exist in volumeMounts"));
    }
    if (mountPaths.has(devicePath)) {
      const why = "must not already exist as a path in volumeMounts";
      errors.push(field.invalid(`${at}.devicePath`, devicePath, why));
    }
    if (name !== "") names.add(name);
  }
}
