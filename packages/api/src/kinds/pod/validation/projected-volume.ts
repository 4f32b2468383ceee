import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type {
  ClusterTrustBundleProjection,
  DownwardAPIVolumeFile,
  KeyToPath,
  PodCertificateProjection,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../../../generated/types.ts";
import { validateLabelSelector } from "../../../label-selector.ts";
import { isDNS1123Subdomain } from "../../../name-validation.ts";
import { oneOfErrors } from "../../name-fields.ts";
import { checkFileMode, checkFilePath } from "./file-paths.ts";
import { checkFieldRef, checkResourceFieldRef, volumeFieldPaths } from "./key-references.ts";

/** Which key becomes which file. */
export function checkKeyToPath(errors: FieldError[], path: string, { key, path: target, mode }: KeyToPath): void {
  if (key === "") errors.push(field.required(`${path}.key`));
  if (target === "") errors.push(field.required(`${path}.path`));
  checkFilePath(errors, `${path}.path`, target);
  checkFileMode(errors, `${path}.mode`, mode);
}

/** A file that shows a field of the pod or a resource of a container. */
export function checkDownwardFile(errors: FieldError[], path: string, file: DownwardAPIVolumeFile): void {
  if (file.path === "") errors.push(field.required(`${path}.path`));
  checkFilePath(errors, `${path}.path`, file.path);
  const { fieldRef, resourceFieldRef } = file;
  if (fieldRef !== undefined) {
    checkFieldRef(errors, `${path}.fieldRef`, fieldRef, volumeFieldPaths);
    if (resourceFieldRef !== undefined) {
      errors.push(field.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
    }
  } else if (resourceFieldRef !== undefined) {
    checkResourceFieldRef(errors, `${path}.resourceFieldRef`, resourceFieldRef, true);
  } else errors.push(field.required(path, "one of fieldRef and resourceFieldRef is required"));
  checkFileMode(errors, `${path}.mode`, file.mode);
}

const minTokenSeconds = 600;
const maxTokenSeconds = 2 ** 32;

function checkToken(errors: FieldError[], path: string, at: string, token: ServiceAccountTokenProjection): void {
  const { expirationSeconds: seconds = 3600, path: target } = token;
  if (seconds < minTokenSeconds) {
    const why = "may not specify a duration less than 10 minutes";
    errors.push(field.invalid(`${at}.expirationSeconds`, seconds, why));
  }
  if (seconds > maxTokenSeconds) {
    const why = "may not specify a duration larger than 2^32 seconds";
    errors.push(field.invalid(`${at}.expirationSeconds`, seconds, why));
  }
  if (target === "") errors.push(field.required(`${path}.path`));
  else checkFilePath(errors, `${path}.path`, target);
}

function checkTrustBundle(errors: FieldError[], at: string, bundle: ClusterTrustBundleProjection): void {
  const { name, signerName, labelSelector, path: target } = bundle;
  if (name !== undefined && signerName !== undefined) {
    const shown = {
      Name: name,
      SignerName: signerName,
      LabelSelector: labelSelector ?? null,
      Optional: bundle.optional ?? null,
      Path: target,
    };
    errors.push(field.invalid(at, shown, "only one of name and signerName may be used"));
  } else if (name !== undefined) {
    if (name === "") errors.push(field.required(`${at}.name`, "must be a valid object name"));
    for (const message of isDNS1123Subdomain(name.slice(name.lastIndexOf(":") + 1))) {
      errors.push(field.invalid(`${at}.name`, name, `not a valid clustertrustbundlename: ${message}`));
    }
    if (labelSelector !== undefined) {
      const why = "labelSelector must be unset if name is specified";
      errors.push(field.invalid(`${at}.labelSelector`, labelSelector, why));
    }
  } else if (signerName !== undefined) {
    if (signerName === "") errors.push(field.required(`${at}.signerName`, "must be a valid signer name"));
    checkSignerName(errors, `${at}.signerName`, signerName);
    errors.push(...validateLabelSelector(labelSelector, `${at}.labelSelector`));
  } else errors.push(field.required(at, "either name or signerName must be specified"));
  if (target === "") errors.push(field.required(`${at}.path`));
  checkFilePath(errors, `${at}.path`, target);
}

/** `example.com/signer` */
function checkSignerName(errors: FieldError[], path: string, name: string): void {
  if (name === "") {
    errors.push(field.required(path));
    return;
  }
  const [domain = "", rest, ...more] = name.split("/");
  if (rest === undefined || more.length > 0) {
    errors.push(
      field.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
    );
    return;
  }
  for (const message of isDNS1123Subdomain(domain)) {
    errors.push(field.invalid(path, domain, `validating label "${domain}": ${message}`));
  }
}

const keyTypes = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];
const minCertificateSeconds = 3600;
const maxCertificateSeconds = 91 * 24 * 3600;
const maxOwnCertificateSeconds = 24 * 3600;

function checkCertificate(errors: FieldError[], at: string, certificate: Partial<PodCertificateProjection>): string[] {
  const { signerName = "", keyType = "", maxExpirationSeconds: seconds } = certificate;
  checkSignerName(errors, `${at}.signerName`, signerName);
  errors.push(...oneOfErrors(`${at}.keyType`, keyType, keyTypes));
  if (seconds !== undefined) {
    const max = /^[^/]*kubernetes\.io\//.test(signerName) ? maxOwnCertificateSeconds : maxCertificateSeconds;
    const path = `${at}.maxExpirationSeconds`;
    if (seconds < minCertificateSeconds) {
      errors.push(field.invalid(path, seconds, "if provided, maxExpirationSeconds must be >= 3600"));
    }
    if (seconds > max) errors.push(field.invalid(path, seconds, `if provided, maxExpirationSeconds must be <= ${max}`));
  }
  const targets: string[] = [];
  for (const key of ["credentialBundlePath", "keyPath", "certificateChainPath"] as const) {
    const target = certificate[key] ?? "";
    if (target === "") continue;
    checkFilePath(errors, `${at}.${key}`, target);
    targets.push(target);
  }
  if (targets.length === 0) {
    const why = "specify at least one of credentialBundlePath, keyPath, and certificateChainPath";
    errors.push(field.required(at, why));
  }
  return targets;
}

function claim(errors: FieldError[], path: string, taken: Set<string>, target: string, shown: string): void {
  if (taken.has(target)) errors.push(field.invalid(path, shown, "conflicting duplicate paths"));
  taken.add(target);
}

function checkSource(
  errors: FieldError[],
  path: string,
  at: string,
  source: VolumeProjection,
  taken: Set<string>,
): void {
  let kinds = 0;
  for (const kind of ["secret", "configMap"] as const) {
    const keys = source[kind];
    if (keys === undefined) continue;
    kinds++;
    const { name = "", items = [] } = keys;
    if (name === "") errors.push(field.required(`${at}.${kind}.name`));
    for (const [index, item] of items.entries()) {
      checkKeyToPath(errors, field.index(`${at}.${kind}.items`, index), item);
      if (item.path !== "") claim(errors, path, taken, item.path, name);
    }
  }
  if (source.downwardAPI !== undefined) {
    kinds++;
    for (const file of source.downwardAPI.items ?? []) {
      checkDownwardFile(errors, `${at}.downwardAPI`, file);
      if (file.path !== "") claim(errors, path, taken, file.path, file.path);
    }
  }
  if (source.serviceAccountToken !== undefined) {
    kinds++;
    checkToken(errors, path, `${at}.serviceAccountToken`, source.serviceAccountToken);
  }
  if (source.clusterTrustBundle !== undefined) {
    kinds++;
    const target = source.clusterTrustBundle.path;
    checkTrustBundle(errors, `${at}.clusterTrustBundle`, source.clusterTrustBundle);
    claim(errors, path, taken, target, target);
  }
  if (source.podCertificate !== undefined) {
    kinds++;
    for (const target of checkCertificate(errors, `${at}.podCertificate`, source.podCertificate)) {
      claim(errors, path, taken, target, target);
    }
  }
  if (kinds > 1) errors.push(field.forbidden(at, "may not specify more than 1 volume type per source"));
}

export function checkProjected(errors: FieldError[], path: string, projected: ProjectedVolumeSource): void {
  checkFileMode(errors, `${path}.defaultMode`, projected.defaultMode);
  const taken = new Set<string>();
  for (const [index, source] of (projected.sources ?? []).entries()) {
    checkSource(errors, path, field.index(`${path}.sources`, index), source, taken);
  }
}
