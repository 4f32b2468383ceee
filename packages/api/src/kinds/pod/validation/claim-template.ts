/** Rules of the claim inside an ephemeral volume. */
import * as field from "../../../field.ts";
import type { FieldError } from "../../../field-error.ts";
import type { PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate } from "../../../generated/types.ts";
import { validateLabelSelector, validateLabels } from "../../../label-selector.ts";
import { isDNS1123Subdomain } from "../../../name-validation.ts";
import { validateAnnotations } from "../../../object-meta.ts";
import { oneOfErrors } from "../../name-fields.ts";
import { compareAmounts } from "../../resources.ts";

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

function dataSourceErrors(
  source: { readonly apiGroup?: string | undefined; readonly kind: string; readonly name: string } | undefined,
  path: string,
): FieldError[] {
  if (source === undefined) return [];
  const { apiGroup = "", kind, name } = source;
  const errors: FieldError[] = [];
  if (name === "") errors.push(field.required(`${path}.name`));
  if (kind === "") errors.push(field.required(`${path}.kind`));
  if (apiGroup === "" && kind !== "PersistentVolumeClaim") {
    errors.push(field.invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  if (apiGroup !== "") {
    errors.push(...isDNS1123Subdomain(apiGroup).map((m) => field.invalid(`${path}.apiGroup`, apiGroup, m)));
  }
  return errors;
}

/** Rules of a claim's specification. */
export function claimSpecErrors(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const { selector, resources, storageClassName = "", volumeMode, dataSource, dataSourceRef } = spec;
  const modes = spec.accessModes ?? [];
  const errors: FieldError[] = [];
  const at = `${path}.accessModes`;
  if (modes.length === 0) errors.push(field.required(at, "at least 1 access mode is required"));
  errors.push(...validateLabelSelector(selector, `${path}.selector`));
  for (const mode of modes) errors.push(...oneOfErrors(at, mode, accessModes));
  const others = modes.some((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(mode));
  if (modes.includes("ReadWriteOncePod") && others) {
    errors.push(field.forbidden(at, "may not use ReadWriteOncePod with other access modes"));
  }
  const storage = resources?.requests?.["storage"];
  const storagePath = field.key(`${path}.resources`, "storage");
  if (storage === undefined) errors.push(field.required(storagePath));
  else if (compareAmounts(storage, "0") <= 0) {
    errors.push(field.invalid(storagePath, String(storage), "must be greater than zero"));
  }
  if (storageClassName !== "") {
    const wrong = isDNS1123Subdomain(storageClassName);
    errors.push(...wrong.map((m) => field.invalid(`${path}.storageClassName`, storageClassName, m)));
  }
  if (volumeMode !== undefined) {
    errors.push(...oneOfErrors(`${path}.volumeMode`, volumeMode, ["Block", "Filesystem"]));
  }
  return errors.concat(
    dataSourceErrors(dataSource, `${path}.dataSource`),
    dataSourceErrors(dataSourceRef, `${path}.dataSourceRef`),
  );
}

export function claimTemplateErrors(template: PersistentVolumeClaimTemplate, path: string): FieldError[] {
  const { metadata = {} } = template;
  const errors = [
    ...validateAnnotations(metadata.annotations, `${path}.metadata.annotations`),
    ...validateLabels(metadata.labels, `${path}.metadata.labels`),
  ];
  for (const key of Object.keys(metadata)) {
    if (key !== "annotations" && key !== "labels")
      errors.push(field.forbidden(`${path}.metadata.${key}`, "cannot be set"));
  }
  return errors.concat(claimSpecErrors(template.spec, `${path}.spec`));
}
