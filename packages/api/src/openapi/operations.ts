/** Paths of a row's resource and its subresources, in the form that kubectl explain and its validation read. */
import type { JsonObject } from "../generated/types.ts";
import type { KindRow } from "../kind-row.ts";
import { type PatchType, patchMediaTypes } from "../patch/patch.ts";

const string = (name: string, where: "query" | "path", description: string): JsonObject => ({
  name,
  in: where,
  ...(where === "path" ? { required: true } : {}),
  description,
  schema: { type: "string", uniqueItems: true },
});

const number = (name: string, description: string): JsonObject => ({
  name,
  in: "query",
  description,
  schema: { type: "integer", uniqueItems: true },
});

const flag = (name: string, description: string): JsonObject => ({
  name,
  in: "query",
  description,
  schema: { type: "boolean", uniqueItems: true },
});

const pretty = string("pretty", "query", "Whether the output is indented.");
const namespaceParameter = string("namespace", "path", "object name and auth scope, such as for teams and projects");

const listParameters: readonly JsonObject[] = [
  flag("allowWatchBookmarks", "Whether the watch sends bookmarks."),
  string("continue", "query", "Where the last page of a list ended."),
  string("fieldSelector", "query", "Restricts the objects by their fields."),
  string("labelSelector", "query", "Restricts the objects by their labels."),
  number("limit", "The most objects that a page holds."),
  string("resourceVersion", "query", "The version to list or watch from."),
  string("resourceVersionMatch", "query", "How resourceVersion is applied to a list."),
  flag("sendInitialEvents", "Whether the watch begins with the objects that are there."),
  number("timeoutSeconds", "How long the call may take."),
  flag("watch", "Watch for changes instead of listing once."),
];

const writeParameters: readonly JsonObject[] = [
  string("dryRun", "query", "`All`: everything but the writing."),
  string("fieldManager", "query", "Who makes the change."),
  string("fieldValidation", "query", "`Ignore`, `Warn` or `Strict`: what becomes of unknown and duplicate fields."),
];

const deleteParameters: readonly JsonObject[] = [
  string("dryRun", "query", "`All`: everything but the writing."),
  number("gracePeriodSeconds", "Seconds until the object is taken away."),
  flag("orphanDependents", "Deprecated: use propagationPolicy."),
  string("propagationPolicy", "query", "`Orphan`, `Background` or `Foreground`."),
];

const forceParameter = flag("force", "Take fields from other managers when applying.");

/** What of a resource's schemas an operation names. */
export interface OperationSchemas {
  readonly object: JsonObject;
  readonly list: JsonObject;
  readonly status: JsonObject;
  readonly deleteOptions: JsonObject;
  readonly patch: JsonObject;
  readonly strategicMerge: boolean;
}

type Verb = "get" | "list" | "post" | "put" | "patch" | "delete" | "deletecollection";

const methods: Readonly<Record<Verb, string>> = {
  get: "get",
  list: "get",
  post: "post",
  put: "put",
  patch: "patch",
  delete: "delete",
  deletecollection: "delete",
};

const words: Readonly<Record<Verb, string>> = {
  get: "read",
  list: "list",
  post: "create",
  put: "replace",
  patch: "patch",
  delete: "delete",
  deletecollection: "deleteCollection",
};

const media = (schema: JsonObject, ...types: readonly string[]): JsonObject =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

class Paths {
  readonly paths: JsonObject = {};
  readonly #row: KindRow;
  readonly #schemas: OperationSchemas;

  constructor(row: KindRow, schemas: OperationSchemas) {
    this.#row = row;
    this.#schemas = schemas;
  }

  add(
    path: string,
    verbs: readonly Verb[],
    suffix: string,
    parameters: readonly JsonObject[],
    response?: JsonObject,
  ): void {
    if (verbs.length === 0) return;
    this.paths[path] = {
      ...Object.fromEntries(verbs.map((verb) => [methods[verb], this.#operation(verb, suffix, response)])),
      parameters: [...parameters, pretty],
    };
  }

  #operation(verb: Verb, suffix: string, response?: JsonObject): JsonObject {
    const { group, version, kind, namespaced } = this.#row;
    const groupName = (group === "" ? "core" : (group.split(".")[0] ?? "")).toLowerCase();
    const api = `${groupName}_${version}`;
    const scope = namespaced && suffix !== "ForAllNamespaces" ? "Namespaced" : "";
    const name = upper(groupName) + upper(version) + scope + kind + suffix;
    const body = this.#body(verb);
    const answer = response ?? this.#answer(verb);
    const types = ["application/json", "application/yaml"];
    return {
      tags: [api],
      description: `${words[verb]} ${kind}`,
      operationId: `${words[verb]}${name}`,
      ...(this.#parameters(verb).length === 0 ? {} : { parameters: this.#parameters(verb) }),
      ...(body === undefined ? {} : { requestBody: body }),
      responses: {
        "200": { description: "OK", content: media(answer, ...types) },
        "401": { description: "Unauthorized" },
      },
      "x-kubernetes-action": verb,
      "x-kubernetes-group-version-kind": { group, kind, version },
    };
  }

  #parameters(verb: Verb): JsonObject[] {
    switch (verb) {
      case "get":
        return [];
      case "list":
        return [...listParameters];
      case "post":
      case "put":
        return [...writeParameters];
      case "patch":
        return [...writeParameters, forceParameter];
      case "delete":
        return [...deleteParameters];
      case "deletecollection":
        return [...listParameters, ...deleteParameters];
    }
  }

  #body(verb: Verb): JsonObject | undefined {
    const { object, patch, deleteOptions, strategicMerge } = this.#schemas;
    switch (verb) {
      case "get":
      case "list":
        return undefined;
      case "post":
      case "put":
        return { content: media(object, "*/*"), required: true };
      case "patch": {
        const types = (Object.keys(patchMediaTypes) as PatchType[]).filter((t) => strategicMerge || t !== "strategic");
        return { content: media(patch, ...types.map((type) => patchMediaTypes[type])), required: true };
      }
      case "delete":
      case "deletecollection":
        return { content: media(deleteOptions, "*/*") };
    }
  }

  #answer(verb: Verb): JsonObject {
    if (verb === "list") return this.#schemas.list;
    return verb === "delete" || verb === "deletecollection" ? this.#schemas.status : this.#schemas.object;
  }
}

/** A row's verbs among those asked for, in OpenAPI's words. */
function served(row: KindRow, ...verbs: ReadonlyArray<readonly [string, Verb]>): Verb[] {
  return verbs.filter(([verb]) => row.verbs.includes(verb)).map(([, operation]) => operation);
}

/** All paths of a row. `scale` is the schema of autoscaling/v1 Scale. */
export function pathsOf(row: KindRow, schemas: OperationSchemas, scale: JsonObject | undefined): JsonObject {
  const paths = new Paths(row, schemas);
  const root = row.group === "" ? `/api/${row.version}` : `/apis/${row.group}/${row.version}`;
  const collection = row.namespaced ? `${root}/namespaces/{namespace}/${row.resource}` : `${root}/${row.resource}`;
  const one = `${collection}/{name}`;
  const scope = row.namespaced ? [namespaceParameter] : [];
  const named = [string("name", "path", `name of the ${row.kind}`), ...scope];
  paths.add(
    collection,
    served(row, ["list", "list"], ["create", "post"], ["deletecollection", "deletecollection"]),
    "",
    scope,
  );
  paths.add(one, served(row, ["get", "get"], ["update", "put"], ["patch", "patch"], ["delete", "delete"]), "", named);
  if (row.namespaced) paths.add(`${root}/${row.resource}`, served(row, ["list", "list"]), "ForAllNamespaces", []);
  const partial = served(row, ["get", "get"], ["update", "put"], ["patch", "patch"]);
  for (const name of Object.keys(row.subresources)) paths.add(`${one}/${name}`, partial, upper(name), named);
  if (row.scale !== undefined && scale !== undefined) paths.add(`${one}/scale`, partial, "Scale", named, scale);
  return paths.paths;
}
