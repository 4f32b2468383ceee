/** OpenAPI v3, a document for each group and version, as kubectl explain and clients' validation read it. */
import type { JSONSchemaProps, JsonObject } from "../generated/types.ts";
import type { KindRow } from "../kind-row.ts";
import { ComponentSchemas } from "./component-schemas.ts";
import { unpackDescriptions } from "./descriptions.ts";
import { type OperationSchemas, pathsOf } from "./operations.ts";

/** A row and, for a custom resource, its definition's schema. */
export interface OpenApiKind {
  readonly row: KindRow;
  /** For custom resources; absent there too where the definition has none. */
  readonly customSchema?: JSONSchemaProps | undefined;
}

const metaV1 = "io.k8s.apimachinery.pkg.apis.meta.v1";
const scaleId = "io.k8s.api.autoscaling.v1.Scale";

/** `com.example.v1.Thing` */
const customId = ({ group, version, kind }: KindRow): string =>
  `${group.split(".").reverse().join(".")}.${version}.${kind}`;

/** A custom resource's object and list as components; returns references to them. */
function addCustom(
  components: ComponentSchemas,
  { row, customSchema }: OpenApiKind,
): { object: JsonObject; list: JsonObject } {
  const { group, version, kind } = row;
  const id = customId(row);
  const schema = (customSchema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true }) as JsonObject;
  const text = { type: "string" };
  components.schemas[id] = {
    ...schema,
    properties: {
      apiVersion: text,
      kind: text,
      ...((schema["properties"] ?? {}) as JsonObject),
      metadata: { allOf: [components.add(`${metaV1}.ObjectMeta`)] },
    },
    "x-kubernetes-group-version-kind": [{ group, kind, version }],
  };
  const object = { $ref: `#/components/schemas/${id}` };
  components.schemas[`${id}List`] = {
    description: `${kind}List is a list of ${kind}`,
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: text,
      items: { type: "array", items: object },
      kind: text,
      metadata: { allOf: [components.add(`${metaV1}.ListMeta`)] },
    },
    "x-kubernetes-group-version-kind": [{ group, kind: `${kind}List`, version }],
  };
  return { object, list: { $ref: `#/components/schemas/${id}List` } };
}

/** A document of the kinds of one group and version. Costs tens of milliseconds: keep its bytes, not the document. */
export async function openApiDocument(kinds: readonly OpenApiKind[], kubernetesVersion: string): Promise<JsonObject> {
  const components = new ComponentSchemas(await unpackDescriptions());
  const shared = {
    status: components.add(`${metaV1}.Status`),
    deleteOptions: components.add(`${metaV1}.DeleteOptions`),
    patch: components.add(`${metaV1}.Patch`),
  };
  const paths: JsonObject = {};
  for (const kind of kinds) {
    const { row } = kind;
    const custom = row.schema === "";
    const own = custom
      ? addCustom(components, kind)
      : { object: components.add(row.schema), list: components.add(`${row.schema}List`) };
    const schemas: OperationSchemas = { ...shared, ...own, strategicMerge: !custom };
    const scale = row.scale === undefined ? undefined : components.add(scaleId);
    Object.assign(paths, pathsOf(row, schemas, scale));
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: kubernetesVersion },
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          description: "Bearer Token authentication",
          name: "authorization",
          in: "header",
        },
      },
    },
  };
}

/** Where a group and version has its document below /openapi/v3: `api/v1`, `apis/apps/v1`. */
export const openApiPath = (group: string, version: string): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

/** What GET /openapi/v3 answers: paths to documents, each with a hash of its contents that clients cache by. */
export const openApiIndex = (documents: ReadonlyMap<string, string>): JsonObject => ({
  paths: Object.fromEntries(
    [...documents].map(([path, hash]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]),
  ),
});
