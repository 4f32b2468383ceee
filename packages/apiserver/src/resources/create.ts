import { randomBytes, randomUUID } from "node:crypto";
import { alreadyExists, generatedName, invalid, type KubeObject, nameSuffix, validateObjectMeta } from "@bulkhead/api";
import { StoreError } from "@bulkhead/store";
import { allocate, mutate, validate } from "../admission/admission.ts";
import { requireAccess } from "../authorization/require.ts";
import { UnclassifiedError } from "../request/errors.ts";
import { keyOf, type ServedResource } from "./served-resource.ts";
import { timestamp } from "./services.ts";
import { putOf } from "./stored-write.ts";
import { commit, factsOf, Gathered, ownerOf, storeFailure, type WriteContext, type Written } from "./write.ts";

const metaRules = (resource: ServedResource) => ({
  namespaced: resource.namespaced,
  nameErrors: (name: string, prefix: boolean) => resource.row.nameErrors(name, prefix),
  kubeFinalizers: !resource.custom,
});

/** Takes back what a client may not say of an object to be created, and what the server says instead. */
function systemFields(context: WriteContext, object: KubeObject): void {
  const { metadata } = object;
  delete metadata.selfLink;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp(context.services.now());
  if (context.resource.namespaced) metadata.namespace = context.namespace;
  if ((metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "")
    metadata.name = generatedName(metadata.generateName ?? "", nameSuffix(randomBytes(16)));
}

/** An update or an apply that would make the object asks for the right to create it, too. */
export function requireCreate({ services, user, resource, namespace, name }: WriteContext): void {
  requireAccess(services.authorizer, {
    user,
    verb: "create",
    isResource: true,
    group: resource.group,
    version: resource.version,
    resource: resource.resource,
    subresource: "",
    namespace,
    name,
    path: "",
  });
}

/** Creates the object: the pipeline from defaults to the commit. `draft` becomes what is stored. */
export async function create(context: WriteContext, draft: KubeObject, track: boolean): Promise<Written> {
  const { resource, services, schema } = context;
  const { row } = resource;
  if ((draft.metadata.resourceVersion ?? "") !== "")
    throw new UnclassifiedError(500, "resourceVersion should not be set on objects to be created");
  row.defaults(draft);
  if (track) schema.update(undefined, draft, ownerOf(context, row));
  const gathered = new Gathered();
  try {
    const request = gathered.request(context, "CREATE", draft, undefined, {
      name: draft.metadata.name ?? "",
    });
    await mutate(services.admission, request);
    row.defaults(draft);
    systemFields(context, draft);
    row.prepareCreate(draft, factsOf(services));
    allocate(services.admission, request);
    const errors = [...validateObjectMeta(draft.metadata, metaRules(resource)), ...row.validateCreate(draft)];
    if (errors.length > 0) throw invalid(resource.group, resource.kind, draft.metadata.name ?? "", errors);
    for (const warning of row.warnings(draft, undefined)) context.warn(warning);
    await validate(services.admission, { ...request, name: draft.metadata.name ?? "" });
  } catch (error) {
    gathered.settle(false);
    throw error;
  }
  const name = draft.metadata.name ?? "";
  const key = keyOf(resource, context.namespace, name);
  if (context.dryRun) {
    gathered.settle(false);
    if (services.store.get(key) !== undefined) throw alreadyExists(resource.group, resource.resource, name);
    return { object: draft, stored: undefined, created: true, removed: false };
  }
  try {
    const stored = await commit(context, gathered, putOf(resource, draft, 0), draft, 201);
    return { object: draft, stored, created: true, removed: false };
  } catch (error) {
    if (error instanceof StoreError && (error.code === "exists" || error.code === "conflict"))
      throw alreadyExists(resource.group, resource.resource, name);
    throw storeFailure(error);
  }
}
