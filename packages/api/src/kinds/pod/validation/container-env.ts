import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector } from "../../../generated/types.ts";
import { isDNS1123Label, isEnvVarName, nameIsDNSSubdomain } from "../../../name-validation.ts";
import { checkNoBacksteps } from "./file-paths.ts";
import { checkFieldRef, checkKeyRef, checkResourceFieldRef, envFieldPaths } from "./key-references.ts";

function checkFileKey(errors: FieldError[], path: string, { key, volumeName, path: target }: FileKeySelector): void {
  if (key === "") errors.push(field.required(`${path}.key`));
  else for (const message of isEnvVarName(key)) errors.push(field.invalid(`${path}.key`, key, message));
  if (volumeName === "") errors.push(field.required(`${path}.volumeName`));
  else for (const m of isDNS1123Label(volumeName)) errors.push(field.invalid(`${path}.volumeName`, volumeName, m));
  if (target === "") errors.push(field.required(`${path}.path`));
  else checkNoBacksteps(errors, `${path}.path`, target);
}

function checkValueFrom(errors: FieldError[], path: string, source: EnvVarSource, value: string | undefined): void {
  let sources = 0;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef !== undefined) {
    sources++;
    checkFieldRef(errors, `${path}.fieldRef`, fieldRef, envFieldPaths);
  }
  if (resourceFieldRef !== undefined) {
    sources++;
    checkResourceFieldRef(errors, `${path}.resourceFieldRef`, resourceFieldRef, false);
  }
  if (configMapKeyRef !== undefined) {
    sources++;
    checkKeyRef(errors, `${path}.configMapKeyRef`, configMapKeyRef);
  }
  if (secretKeyRef !== undefined) {
    sources++;
    checkKeyRef(errors, `${path}.secretKeyRef`, secretKeyRef);
  }
  if (fileKeyRef !== undefined) {
    sources++;
    checkFileKey(errors, `${path}.fileKeyRef`, fileKeyRef);
  }
  if (sources === 0) {
    const why =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    errors.push(field.invalid(path, "", why));
  } else if (value !== undefined && value !== "") {
    errors.push(field.invalid(path, "", "may not be specified when `value` is not empty"));
  } else if (sources > 1) {
    errors.push(field.invalid(path, "", "may not have more than one field specified at a time"));
  }
}

export function checkEnv(errors: FieldError[], path: string, env: readonly EnvVar[]): void {
  for (const [index, { name, value, valueFrom }] of env.entries()) {
    if (name === "") errors.push(field.required(`${field.index(path, index)}.name`));
    else {
      for (const message of isEnvVarName(name)) {
        errors.push(field.invalid(`${field.index(path, index)}.name`, name, message));
      }
    }
    if (valueFrom !== undefined) checkValueFrom(errors, `${field.index(path, index)}.valueFrom`, valueFrom, value);
  }
}

export function checkEnvFrom(errors: FieldError[], path: string, envFrom: readonly EnvFromSource[]): void {
  for (const [index, source] of envFrom.entries()) {
    const at = field.index(path, index);
    const prefix = source.prefix ?? "";
    if (prefix !== "") for (const m of isEnvVarName(prefix)) errors.push(field.invalid(`${at}.prefix`, prefix, m));
    let sources = 0;
    for (const kind of ["configMapRef", "secretRef"] as const) {
      const reference = source[kind];
      if (reference === undefined) continue;
      sources++;
      const name = reference.name ?? "";
      if (name === "") errors.push(field.required(`${at}.${kind}.name`));
      else for (const m of nameIsDNSSubdomain(name, true)) errors.push(field.invalid(`${at}.${kind}.name`, name, m));
    }
    if (sources === 0) errors.push(field.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    if (sources > 1) errors.push(field.invalid(path, "", "may not have more than one field specified at a time"));
  }
}
