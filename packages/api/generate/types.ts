/**
 * Writes src/generated/types.ts, the TypeScript shapes of Kubernetes 1.36 objects as they stand on the wire,
 * from the schema facts in fields.json and the descriptions in the official client's generated models.
 * Run: node packages/api/generate/types.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Field {
  readonly type?: string;
  readonly format?: string;
  readonly ref?: string;
  readonly items?: Field;
  readonly values?: Field;
  readonly enum?: readonly string[];
}
interface Schema extends Field {
  readonly fields?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { schemas } = JSON.parse(readFileSync(here("./fields.json"), "utf8")) as { schemas: Record<string, Schema> };

/** Groups whose kinds are typed; the rest of the schema facts stay data. */
const groups = [
  "io.k8s.apimachinery.pkg.",
  "io.k8s.api.core.v1.",
  "io.k8s.api.admissionregistration.v1.",
  "io.k8s.api.apps.v1.",
  "io.k8s.api.batch.v1.",
  "io.k8s.api.networking.v1.",
  "io.k8s.api.rbac.v1.",
  "io.k8s.api.storage.v1.",
  "io.k8s.api.coordination.v1.",
  "io.k8s.api.discovery.v1.",
  "io.k8s.api.authentication.v1.",
  "io.k8s.api.authorization.v1.",
  "io.k8s.api.policy.v1.",
  "io.k8s.api.autoscaling.v1.",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.",
];

/** Names that two groups share: the one that is not core/v1 gets its group in front. */
const renamed: Readonly<Record<string, string>> = {
  "io.k8s.api.discovery.v1.EndpointPort": "DiscoveryEndpointPort",
  "io.k8s.api.rbac.v1.Subject": "RbacSubject",
  "io.k8s.api.admissionregistration.v1.ServiceReference": "AdmissionServiceReference",
  "io.k8s.api.admissionregistration.v1.WebhookClientConfig": "AdmissionWebhookClientConfig",
  "io.k8s.api.storage.v1.TokenRequest": "StorageTokenRequest",
  "io.k8s.api.authentication.v1.UserInfo": "AuthenticationUserInfo",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference": "CustomResourceServiceReference",
};

const wire: Readonly<Record<string, string>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "string | number",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "string",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "string",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "number | string",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "JsonObject",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "JsonObject",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "Json",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray":
    "JSONSchemaProps | JSONSchemaProps[]",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": "JSONSchemaProps | boolean",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "JSONSchemaProps | string[]",
};

const nameOf = (id: string): string => renamed[id] ?? id.slice(id.lastIndexOf(".") + 1);
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function typeOf(field: Field): string {
  if (field.ref !== undefined) {
    if (wire[field.ref] !== undefined) return wire[field.ref] as string;
    return groups.some((g) => field.ref?.startsWith(g)) ? nameOf(field.ref) : "JsonObject";
  }
  if (field.type === "array") return `Array<${typeOf(field.items ?? {})}>`;
  if (field.type === "object") return field.values ? `Record<string, ${typeOf(field.values)}>` : "JsonObject";
  if (field.type === "integer" || field.type === "number") return "number";
  if (field.type === "boolean") return "boolean";
  if (field.type === "string") return "string";
  return "Json";
}

const taken = new Map<string, string>();
const out = [
  "// Made by generate/types.ts from the schema facts of Kubernetes 1.36. Do not edit.",
  "",
  "export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };",
  "export type JsonObject = { [key: string]: Json };",
  "",
];
for (const [id, schema] of Object.entries(schemas)) {
  if (!groups.some((g) => id.startsWith(g)) || wire[id] !== undefined) continue;
  const name = nameOf(id);
  if (taken.has(name)) throw new Error(`${name} stands for ${taken.get(name)} and ${id}: add one to renamed`);
  taken.set(name, id);
  const required = new Set(schema.required ?? []);
  const topLevel = schema.fields?.["metadata"]?.ref?.endsWith(".ObjectMeta") && schema.fields["kind"] !== undefined;
  out.push(`/** ${id} */`, `export interface ${name} {`);
  for (const [field, facts] of Object.entries(schema.fields ?? {})) {
    const must = required.has(field) || (topLevel && ["apiVersion", "kind", "metadata"].includes(field));
    out.push(`  ${key(field)}${must ? "" : "?"}: ${typeOf(facts)}${must ? "" : " | undefined"};`);
  }
  out.push("}", "");
}
writeFileSync(here("../src/generated/types.ts"), out.join("\n"));
