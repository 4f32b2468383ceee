import * as field from "../field.ts";
import type { FieldError } from "../field-error.ts";
import type { Secret } from "../generated/types.ts";
import { isConfigMapKey, nameIsDNSSubdomain } from "../name-validation.ts";
import { ageCell } from "../table-rows.ts";
import { base64Bytes } from "./bytes.ts";
import { ageColumn, column, nameColumn } from "./columns.ts";
import { maxDataBytes } from "./config-map.ts";
import { immutableField } from "./immutable-field.ts";
import { jsonObjectError } from "./json-object-error.ts";
import { ownValue } from "./own-value.ts";
import { defineRow } from "./row.ts";
import { semanticEqual } from "./semantic-equal.ts";
import { tlsPairError } from "./tls-pair.ts";

const accountNameAnnotation = "kubernetes.io/service-account.name";

/** The key of a JSON document that a registry's client reads, by type. */
const registryConfigKeys: Readonly<Record<string, string>> = {
  "kubernetes.io/dockercfg": ".dockercfg",
  "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
};

function registryConfigErrors(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const value = data[key];
  const path = field.key("data", key);
  if (value === undefined) return [field.required(path)];
  const wrong = jsonObjectError(Buffer.from(value, "base64").toString("utf8"));
  return wrong === undefined ? [] : [field.invalid(path, "<secret contents redacted>", wrong)];
}

const missing = (data: Readonly<Record<string, string>>, keys: readonly string[]): FieldError[] =>
  keys.filter((key) => data[key] === undefined).map((key) => field.required(field.key("data", key)));

function typeErrors(secret: Secret, data: Readonly<Record<string, string>>): FieldError[] {
  const type = secret.type ?? "";
  const configKey = ownValue(registryConfigKeys, type);
  if (configKey !== undefined) return registryConfigErrors(data, configKey);
  switch (type) {
    case "kubernetes.io/service-account-token":
      return (secret.metadata.annotations?.[accountNameAnnotation] ?? "") === ""
        ? [field.required(field.key("metadata.annotations", accountNameAnnotation))]
        : [];
    case "kubernetes.io/basic-auth": {
      const errors = missing(data, ["username", "password"]);
      return errors.length === 2 ? errors : [];
    }
    case "kubernetes.io/ssh-auth":
      return (data["ssh-privatekey"] ?? "") === "" ? [field.required(field.key("data", "ssh-privatekey"))] : [];
    case "kubernetes.io/tls":
      return missing(data, ["tls.crt", "tls.key"]);
    default:
      return [];
  }
}

function validate(secret: Secret): FieldError[] {
  const data = secret.data ?? {};
  const errors: FieldError[] = [];
  let size = 0;
  for (const key in data) {
    for (const message of isConfigMapKey(key)) errors.push(field.invalid(field.key("data", key), key, message));
    size += base64Bytes(data[key] ?? "");
  }
  if (size > maxDataBytes) errors.push(field.tooLong("data", maxDataBytes));
  return errors.concat(typeErrors(secret, data));
}

const frozen = "field is immutable when `immutable` is set";

function validateUpdate(next: Secret, old: Secret): FieldError[] {
  const errors = immutableField(next.type, old.type, "type");
  if (old.immutable === true) {
    if (next.immutable !== true) errors.push(field.forbidden("immutable", frozen));
    if (!semanticEqual(next.data, old.data)) errors.push(field.forbidden("data", frozen));
  }
  return errors.concat(validate(next));
}

/** stringData is a way to write, never a thing kept: its values win over data's. */
function mergeStringData(draft: Secret): void {
  const { stringData } = draft;
  if (stringData === undefined) return;
  const written = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]);
  draft.data = Object.fromEntries([...Object.entries(draft.data ?? {}), ...written]);
  delete draft.stringData;
}

function warnings(secret: Secret): string[] {
  if (secret.type !== "kubernetes.io/tls") return [];
  const wrong = tlsPairError(secret.data?.["tls.crt"] ?? "", secret.data?.["tls.key"] ?? "");
  return wrong === undefined ? [] : [wrong];
}

export const secretRow = defineRow<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  resource: "secrets",
  namespaced: true,
  schema: "io.k8s.api.core.v1.Secret",
  defaults(draft) {
    mergeStringData(draft);
    draft.type ??= "Opaque";
  },
  prepareUpdate(draft, old) {
    if ((draft.type ?? "") === "" && old.type !== undefined) draft.type = old.type;
  },
  validateCreate: validate,
  validateUpdate,
  warnings,
  fieldSelectors: { type: (secret) => secret.type ?? "" },
  table: {
    columns: [
      nameColumn,
      column("Type", { description: "What the data is for; decides which keys it must have." }),
      column("Data", { description: "How many keys the Secret has." }),
      ageColumn,
    ],
    cells: (secret, now) => [
      secret.metadata.name ?? "",
      secret.type ?? "",
      Object.keys(secret.data ?? {}).length,
      ageCell(secret.metadata.creationTimestamp, now),
    ],
  },
  nameErrors: nameIsDNSSubdomain,
  sealed: true,
});
