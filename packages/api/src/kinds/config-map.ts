import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { ConfigMap } from "../generated/types.ts";
import { isConfigMapKey, nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { base64Bytes } from "./bytes.ts";
import { ageColumn, column, nameColumn } from "./columns.ts";
import { defineRow } from "./row.ts";
import { semanticEqual } from "./semantic-equal.ts";

/** ConfigMap and Secret carry 1 MiB at most. */
export const maxDataBytes = 1024 * 1024;

function validate(configMap: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  const { data = {}, binaryData = {} } = configMap;
  let size = 0;
  for (const key in data) {
    for (const message of isConfigMapKey(key)) errors.push(field.invalid(field.key("data", key), key, message));
    if (Object.hasOwn(binaryData, key)) {
      errors.push(field.invalid(field.key("data", key), key, "duplicate of key present in binaryData"));
    }
    size += Buffer.byteLength(data[key] ?? "");
  }
  for (const key in binaryData) {
    for (const message of isConfigMapKey(key)) errors.push(field.invalid(field.key("binaryData", key), key, message));
    size += base64Bytes(binaryData[key] ?? "");
  }
  // Upstream names the whole object by an empty path segment.
  if (size > maxDataBytes) errors.push(field.tooLong("[]", maxDataBytes));
  return errors;
}

const frozen = "field is immutable when `immutable` is set";

function validateUpdate(next: ConfigMap, old: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  if (old.immutable === true) {
    if (next.immutable !== true) errors.push(field.forbidden("immutable", frozen));
    if (!semanticEqual(next.data, old.data)) errors.push(field.forbidden("data", frozen));
    if (!semanticEqual(next.binaryData, old.binaryData)) errors.push(field.forbidden("binaryData", frozen));
  }
  return errors.concat(validate(next));
}

const count = (map: object | undefined): number => (map === undefined ? 0 : Object.keys(map).length);

export const configMapRow = defineRow<ConfigMap>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  resource: "configmaps",
  shortNames: ["cm"],
  namespaced: true,
  schema: "io.k8s.api.core.v1.ConfigMap",
  validateCreate: validate,
  validateUpdate,
  table: {
    columns: [
      nameColumn,
      column("Data", {
        description:
          "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
      }),
      ageColumn,
    ],
    cells: (configMap, now) => [
      configMap.metadata.name ?? "",
      count(configMap.data) + count(configMap.binaryData),
      ageCell(configMap.metadata.creationTimestamp, now),
    ],
  },
  nameErrors: nameIsDNSSubdomain,
});
