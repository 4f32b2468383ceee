import type { APIGroupList, APIResourceList } from "@bulkhead/api";
import { failureOf } from "./failure.ts";
import { resourceOf } from "./resources.ts";
import type { Client, Resource } from "./types.ts";

/** A resource as the server describes it, subresources left out. */
export interface DiscoveredResource {
  readonly resource: Resource;
  readonly verbs: readonly string[];
  readonly preferred: boolean;
}

async function fetchJson<T>(client: Client, path: string): Promise<T> {
  const answer = await client.raw("GET", path);
  if (answer.status >= 400) throw failureOf(answer.status, answer.body);
  return JSON.parse(answer.body.toString("utf8")) as T;
}

const describe = (list: APIResourceList, group: string, version: string, preferred: boolean): DiscoveredResource[] =>
  list.resources
    .filter((one) => !one.name.includes("/"))
    .map((one) => ({
      resource: resourceOf({ group, version, resource: one.name, kind: one.kind, namespaced: one.namespaced }),
      verbs: one.verbs,
      preferred,
    }));

/** Everything the server serves, in each group's every version; a group that fails to answer is named in `failed`. */
export async function discoverResources(
  client: Client,
): Promise<{ readonly found: readonly DiscoveredResource[]; readonly failed: readonly string[] }> {
  const found: DiscoveredResource[] = [];
  const failed: string[] = [];
  found.push(...describe(await fetchJson<APIResourceList>(client, "/api/v1"), "", "v1", true));
  const groups = await fetchJson<APIGroupList>(client, "/apis");
  await Promise.all(
    groups.groups.flatMap((group) =>
      group.versions.map(async ({ groupVersion, version }) => {
        try {
          const list = await fetchJson<APIResourceList>(client, `/apis/${groupVersion}`);
          found.push(...describe(list, group.name, version, version === group.preferredVersion?.version));
        } catch {
          failed.push(groupVersion);
        }
      }),
    ),
  );
  return { found, failed };
}
