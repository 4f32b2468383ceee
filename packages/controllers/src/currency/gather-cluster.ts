import {
  type ApiVersionUse,
  apiVersionItems,
  imageItems,
  minorOf,
  nodeSubjects,
  serverSubject,
  tokenItems,
  type Unseen,
  usesIn,
} from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import {
  type Client,
  type DiscoveredResource,
  discoverResources,
  hasReason,
  imageReports,
  type Resource,
  resources,
} from "@bulkhead/client";
import type { Gathered } from "./gathered.ts";

export interface ClusterToGather {
  readonly client: Client;
  readonly server: string;
  /** An instance of this machine: its nodes and control plane are looked at from inside. */
  readonly ours: boolean;
}

/** Written by programs alone, many and short-lived. */
const passing = new Set(["events", "leases", "endpointslices", "imagereports", "reports", "componentstatuses"]);

/** All of a cluster that its API can say. What may not be read is named, and nothing follows from it. */
export async function gatherCluster({ client, server, ours }: ClusterToGather, now: number): Promise<Gathered> {
  const unseen: Unseen[] = [];
  const version = await versionOf(client);
  if (version === undefined) unseen.push({ what: "the API server's release", why: "/version did not answer" });
  const [uses, nodes, reports, tokens] = await Promise.all([
    usesOf(client, unseen),
    ours ? [] : all(client, resources.nodes, unseen),
    all(client, imageReports, unseen),
    tokensOf(client, unseen),
  ]);
  return {
    subjects: [
      ...(ours || version === undefined ? [] : [serverSubject({ version, origin: `${server}/version` })]),
      ...nodeSubjects(nodes),
    ],
    others: [
      ...apiVersionItems(uses, version === undefined ? undefined : minorOf(version)),
      ...imageItems(reports.map(({ report }) => report)),
      ...tokenItems(tokens, now),
    ],
    unseen: [
      ...unseen,
      ...(ours
        ? []
        : [
            { what: "the control plane's certificates and keys", why: "no API tells them" },
            {
              what: "the nodes' packages (runc, containerd's revision, libraries)",
              why: "nodeInfo tells versions only",
            },
            ...(reports.length === 0
              ? [{ what: "images", why: "there are no ImageReports here; bulkhead image scan reads one at a time" }]
              : []),
          ]),
    ],
  };
}

/** `v1.36.0`; undefined: /version did not answer. */
export async function versionOf(client: Client): Promise<string | undefined> {
  const answer = await client.raw("GET", "/version").catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  const said = JSON.parse(answer.body.toString("utf8")) as { readonly gitVersion?: unknown };
  return typeof said.gitVersion === "string" ? said.gitVersion : undefined;
}

/** Every resource once: in its group's preferred version, else in one that there is. */
export function oneVersionEach(found: readonly DiscoveredResource[]): DiscoveredResource[] {
  const chosen = new Map<string, DiscoveredResource>();
  for (const each of found) {
    const key = `${each.resource.group}/${each.resource.resource}`;
    if (each.preferred || !chosen.has(key)) chosen.set(key, each);
  }
  return [...chosen.values()].filter(
    ({ verbs, resource }) => verbs.includes("list") && !passing.has(resource.resource),
  );
}

/** Which API versions the writers of all objects used. */
export async function usesOf(client: Client, unseen: Unseen[]): Promise<ApiVersionUse[]> {
  const { found, failed } = await discoverResources(client);
  for (const group of failed) unseen.push({ what: `objects of ${group}`, why: "the group did not answer" });
  const uses: ApiVersionUse[] = [];
  for (const { resource } of oneVersionEach(found))
    for (const object of await all(client, resource, unseen, true))
      uses.push(...usesIn({ ...object, kind: resource.kind }));
  return uses;
}

async function all<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  unseen: Unseen[],
  metadataOnly = false,
): Promise<readonly T[]> {
  const found: T[] = [];
  let next: string | undefined;
  try {
    do {
      const list = await client.list(resource, {
        limit: 500,
        ...(metadataOnly ? { metadataOnly } : {}),
        ...(next === undefined ? {} : { continue: next }),
      });
      found.push(...list.items);
      next = list.metadata.continue;
    } while (next !== undefined && next !== "");
  } catch (error) {
    if (hasReason(error, "NotFound", "MethodNotAllowed")) return found;
    if (!hasReason(error, "Forbidden")) throw error;
    unseen.push({ what: resource.resource, why: "you may not list them" });
  }
  return found;
}

/** Tokens that Secrets keep: nothing of them but their names and ages is taken. */
async function tokensOf(client: Client, unseen: Unseen[]) {
  try {
    const { items } = await client.list(resources.secrets, {
      metadataOnly: true,
      fieldSelector: "type=kubernetes.io/service-account-token",
    });
    return items.map(({ metadata: { namespace = "", name = "", creationTimestamp } }) => ({
      name: `${namespace}/${name}`,
      origin: `Secret ${namespace}/${name}`,
      ...(creationTimestamp === undefined ? {} : { since: String(creationTimestamp) }),
    }));
  } catch (error) {
    if (!hasReason(error, "Forbidden")) throw error;
    unseen.push({ what: "tokens in Secrets", why: "you may not list Secrets" });
    return [];
  }
}
