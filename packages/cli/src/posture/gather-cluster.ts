import { type Kind, kinds, type UnreadKind } from "@bulkhead/analysis";
import { type KubeObject, type Namespace, StatusError } from "@bulkhead/api";
import { type Client, discoverResources, hasReason, type Resource } from "@bulkhead/client";
import { withoutValues } from "./without-values.ts";

/** Objects as they were read, with what could not be. */
export interface GatheredObjects {
  readonly objects: readonly KubeObject[];
  readonly unread: readonly UnreadKind[];
}

/** Objects of one page. */
const page = 500;
/** Lists at a time. */
const atOnce = 8;
/** Stands for every namespace that nobody could name; no namespace has this name. */
const elsewhere = "other namespaces";

const keyOf = ({ group, kind }: Resource): string => (group === "" ? kind : `${group}/${kind}`);
const groupOf = ({ key }: Kind): string => (key.includes("/") ? key.slice(0, key.indexOf("/")) : "");

/** The kinds that a server could serve, with those that others' controls name; facts are nobody's API. */
const askedWith = (more: readonly Kind[]): readonly Kind[] =>
  [...new Map<string, Kind>([...more, ...Object.values(kinds)].map((kind) => [kind.key, kind])).values()].filter(
    (kind) => !groupOf(kind).startsWith("facts."),
  );

/**
 * Every kind that controls look at, from any Kubernetes API: whole where that is allowed, else namespace by namespace.
 * What may not be read is named, with the server's words; what is not served has no objects.
 */
export async function gatherCluster(
  client: Client,
  namespace: string,
  more: readonly Kind[] = [],
): Promise<GatheredObjects> {
  const { found, failed } = await discoverResources(client);
  const unread: UnreadKind[] = [];
  const jobs: { readonly kind: Kind; readonly resource: Resource }[] = [];
  for (const kind of askedWith(more)) {
    const served = found.filter(({ resource, verbs }) => keyOf(resource) === kind.key && verbs.includes("list"));
    const resource = (served.find(({ preferred }) => preferred) ?? served[0])?.resource;
    if (resource !== undefined) jobs.push({ kind: { key: kind.key, namespaced: resource.namespaced }, resource });
    else if (failed.some((version) => version.startsWith(`${groupOf(kind)}/`)))
      unread.push({ kind: kind.key, why: "the server did not say what it serves of this group" });
  }
  const namespaces = await namespacesOf(client);
  const objects: KubeObject[] = [];
  const lanes = Array.from({ length: atOnce }, async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const read = await readKind(client, job.kind, job.resource, namespaces, namespace);
      objects.push(...read.objects);
      unread.push(...read.unread);
    }
  });
  await Promise.all(lanes);
  return { objects, unread };
}

async function readKind(
  client: Client,
  { key, namespaced }: Kind,
  resource: Resource,
  namespaces: readonly string[] | undefined,
  own: string,
): Promise<GatheredObjects> {
  try {
    return { objects: await pages(client, resource, undefined), unread: [] };
  } catch (error) {
    const why = unreadBecause(error);
    if (why === undefined) return { objects: [], unread: [] };
    if (!namespaced) return { objects: [], unread: [{ kind: key, why }] };
    if (!hasReason(error, "Forbidden")) return { objects: [], unread: [{ kind: key, why }] };
    const objects: KubeObject[] = [];
    const unread: UnreadKind[] = namespaces === undefined ? [{ kind: key, namespace: elsewhere, why }] : [];
    for (const namespace of namespaces ?? [own]) {
      try {
        objects.push(...(await pages(client, resource, namespace)));
      } catch (refused) {
        const refusal = unreadBecause(refused);
        if (refusal !== undefined) unread.push({ kind: key, namespace, why: refusal });
      }
    }
    // Nowhere at all: said once.
    if (namespaces !== undefined && unread.length === namespaces.length)
      return { objects, unread: [{ kind: key, why }] };
    return { objects, unread };
  }
}

/** Why nothing was read; undefined where there is nothing to read. Throws what concerns more than one kind. */
function unreadBecause(error: unknown): string | undefined {
  if (!(error instanceof StatusError)) throw error;
  if (error.reason === "NotFound") return undefined;
  if (error.reason === "ServiceUnavailable" || error.reason === "Unauthorized") throw error;
  return error.message;
}

async function pages(client: Client, resource: Resource, namespace: string | undefined): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  const { group, version, kind } = resource;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const where = namespace === undefined ? {} : { namespace };
  let next: string | undefined;
  for (;;) {
    try {
      const list = await client.list(resource, {
        ...where,
        limit: page,
        ...(next === undefined ? {} : { continue: next }),
      });
      for (const item of list.items) objects.push(withoutValues({ ...item, apiVersion, kind }));
      next = list.metadata.continue;
      if (next === undefined || next === "") return objects;
    } catch (error) {
      // The pages grew too old while we read: once more, in one piece.
      if (next === undefined || !hasReason(error, "Expired", "Gone")) throw error;
      const { items } = await client.list(resource, where);
      return items.map((item) => withoutValues({ ...item, apiVersion, kind }));
    }
  }
}

/** Undefined where they may not be listed. */
async function namespacesOf(client: Client): Promise<readonly string[] | undefined> {
  const resource: Resource<Namespace> = {
    group: "",
    version: "v1",
    resource: "namespaces",
    kind: "Namespace",
    namespaced: false,
  };
  try {
    return (await client.list(resource, { metadataOnly: true })).items.map(({ metadata }) => metadata.name ?? "");
  } catch (error) {
    if (hasReason(error, "Forbidden")) return undefined;
    throw error;
  }
}
