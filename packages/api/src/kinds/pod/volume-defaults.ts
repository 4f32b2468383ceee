import type { Volume, VolumeProjection } from "../../generated/types.ts";
import { defaultPullPolicy } from "../image-name.ts";
import { defaultFieldRef } from "./field-ref-defaults.ts";

/** rw-r--r-- */
const fileMode = 0o644;

function hasSource(volume: Volume): boolean {
  for (const key in volume) if (key !== "name") return true;
  return false;
}

function defaultProjection(source: VolumeProjection): void {
  if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= 3600;
  for (const item of source.downwardAPI?.items ?? []) defaultFieldRef(item.fieldRef);
}

function defaultNetworkDisk(volume: Volume): void {
  if (volume.iscsi !== undefined) volume.iscsi.iscsiInterface ??= "default";
  const { rbd, azureDisk, scaleIO } = volume;
  if (rbd !== undefined) {
    rbd.pool ??= "rbd";
    rbd.user ??= "admin";
    rbd.keyring ??= "/etc/ceph/keyring";
  }
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= "ReadWrite";
    azureDisk.kind ??= "Shared";
    azureDisk.fsType ??= "ext4";
    azureDisk.readOnly ??= false;
  }
  if (scaleIO !== undefined) {
    scaleIO.storageMode ??= "ThinProvisioned";
    scaleIO.fsType ??= "xfs";
  }
}

/** A volume without a source is an emptyDir; the sources' own defaults. */
export function defaultVolume(volume: Volume): void {
  if (!hasSource(volume)) {
    volume.emptyDir = {};
    return;
  }
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= fileMode;
  if (volume.secret !== undefined) volume.secret.defaultMode ??= fileMode;
  if (volume.hostPath !== undefined) volume.hostPath.type ??= "";
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= fileMode;
    for (const item of volume.downwardAPI.items ?? []) defaultFieldRef(item.fieldRef);
  }
  if (volume.projected !== undefined) {
    volume.projected.defaultMode ??= fileMode;
    for (const source of volume.projected.sources ?? []) defaultProjection(source);
  }
  const claim = volume.ephemeral?.volumeClaimTemplate;
  if (claim !== undefined) claim.spec.volumeMode ??= "Filesystem";
  if (volume.image !== undefined) volume.image.pullPolicy ??= defaultPullPolicy(volume.image.reference ?? "");
  defaultNetworkDisk(volume);
}
