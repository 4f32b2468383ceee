import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { ConfigMapVolumeSource, SecretVolumeSource, Volume } from "../../../generated/types.ts";
import { isDNS1123Label } from "../../../name-validation.ts";
import { oneOfErrors } from "../../name-fields.ts";
import { compareAmounts } from "../../resources.ts";
import { claimTemplateErrors } from "./claim-template.ts";
import { checkFileMode, checkNoBacksteps } from "./file-paths.ts";
import { checkDownwardFile, checkKeyToPath, checkProjected } from "./projected-volume.ts";
import { networkVolumeChecks } from "./volume-sources.ts";

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

type Check = (errors: FieldError[], volume: Volume, path: string) => void;

function checkItems(errors: FieldError[], path: string, source: ConfigMapVolumeSource | SecretVolumeSource): void {
  checkFileMode(errors, `${path}.defaultMode`, source.defaultMode);
  if (source.items === undefined) return;
  for (const [index, item] of source.items.entries()) checkKeyToPath(errors, field.index(`${path}.items`, index), item);
}

const checkHostPath: Check = (errors, { hostPath }, path) => {
  const { path: target = "", type } = hostPath ?? {};
  if (target === "") {
    errors.push(field.required(`${path}.path`));
    return;
  }
  checkNoBacksteps(errors, `${path}.path`, target);
  if (type !== undefined) errors.push(...oneOfErrors(`${path}.type`, type, hostPathTypes));
};

const checkImage: Check = (errors, { image }, path) => {
  if ((image?.reference ?? "") === "") errors.push(field.required(`${path}.reference`));
  const policy = image?.pullPolicy ?? "";
  if (policy === "") errors.push(field.required(`${path}.pullPolicy`));
  else errors.push(...oneOfErrors(`${path}.pullPolicy`, policy, ["Always", "IfNotPresent", "Never"]));
};

/** In the order in which a second source is noticed. */
const checks: Readonly<Record<string, Check>> = {
  emptyDir(errors, { emptyDir }, path) {
    if (emptyDir?.sizeLimit !== undefined && compareAmounts(emptyDir.sizeLimit, "0") < 0) {
      errors.push(field.forbidden(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity"));
    }
  },
  hostPath: checkHostPath,
  secret(errors, { secret }, path) {
    if ((secret?.secretName ?? "") === "") errors.push(field.required(`${path}.secretName`));
    if (secret !== undefined) checkItems(errors, path, secret);
  },
  configMap(errors, { configMap }, path) {
    if ((configMap?.name ?? "") === "") errors.push(field.required(`${path}.name`));
    if (configMap !== undefined) checkItems(errors, path, configMap);
  },
  downwardAPI(errors, { downwardAPI }, path) {
    checkFileMode(errors, `${path}.defaultMode`, downwardAPI?.defaultMode);
    for (const file of downwardAPI?.items ?? []) checkDownwardFile(errors, path, file);
  },
  projected: (errors, { projected }, path) => {
    if (projected !== undefined) checkProjected(errors, path, projected);
  },
  ephemeral(errors, { ephemeral }, path) {
    const template = ephemeral?.volumeClaimTemplate;
    const at = `${path}.volumeClaimTemplate`;
    if (template === undefined) errors.push(field.required(at));
    else errors.push(...claimTemplateErrors(template, at));
  },
  image: checkImage,
  ...networkVolumeChecks,
};

function checkSource(errors: FieldError[], volume: Volume, path: string): void {
  let found = 0;
  const kinds = Object.keys(volume).filter((key) => key !== "name" && Object.hasOwn(checks, key));
  for (const kind of kinds.length > 1 ? Object.keys(checks).filter((key) => kinds.includes(key)) : kinds) {
    const at = `${path}.${kind}`;
    if (found++ > 0) errors.push(field.forbidden(at, "may not specify more than 1 volume type"));
    else checks[kind]?.(errors, volume, at);
  }
  if (found === 0) errors.push(field.required(path, "must specify a volume type"));
}

/** Rules of a pod's volumes. Gives back those that are well formed, by name: only they can be mounted. */
export function checkVolumes(
  errors: FieldError[],
  path: string,
  volumes: readonly Volume[] | undefined,
  podName: string | undefined,
): ReadonlyMap<string, Volume> {
  const usable = new Map<string, Volume>();
  if (volumes === undefined) return usable;
  const created = new Set<string>();
  if (podName !== undefined) {
    for (const volume of volumes) if (volume.ephemeral !== undefined) created.add(`${podName}-${volume.name}`);
  }
  for (const [index, volume] of volumes.entries()) {
    const at = field.index(path, index);
    const before = errors.length;
    checkSource(errors, volume, at);
    if (volume.name === "") errors.push(field.required(`${at}.name`));
    else for (const m of isDNS1123Label(volume.name)) errors.push(field.invalid(`${at}.name`, volume.name, m));
    if (usable.has(volume.name)) errors.push(field.duplicate(`${at}.name`, volume.name));
    if (errors.length === before) usable.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName ?? "";
    if (created.has(claim)) {
      const why = "must not reference a PVC that gets created for an ephemeral volume";
      errors.push(field.invalid(`${at}.persistentVolumeClaim.claimName`, claim, why));
    }
  }
  return usable;
}
