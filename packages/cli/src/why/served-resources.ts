import { type APIGroupList, type APIResourceList, StatusError } from "@bulkhead/api";
import type { Client } from "@bulkhead/client";
import { CommandFailure } from "../exit-codes.ts";
import { distance } from "../output/nearest.ts";

/** A resource as discovery tells of it, with the words that stand for it. */
export interface ServedResource {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural. */
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

async function fetchJson<T>(client: Client, path: string): Promise<T> {
  const answer = await client.raw("GET", path);
  if (answer.status >= 400)
    throw new StatusError({
      reason: answer.status === 403 ? "Forbidden" : "InternalError",
      message: `the API server answers ${answer.status} to GET ${path}`,
    });
  return JSON.parse(answer.body.toString("utf8")) as T;
}

/** The resources of one group and version, subresources folded into what they belong to. */
export function resourcesOf(list: APIResourceList, group: string, version: string): ServedResource[] {
  return list.resources
    .filter((one) => !one.name.includes("/"))
    .map((one) => ({
      group,
      version,
      name: one.name,
      singular: one.singularName === "" ? one.kind.toLowerCase() : one.singularName,
      kind: one.kind,
      shortNames: one.shortNames ?? [],
      namespaced: one.namespaced,
      verbs: one.verbs,
      subresources: list.resources
        .filter((other) => other.name.startsWith(`${one.name}/`))
        .map((other) => other.name.slice(one.name.length + 1)),
    }));
}

/** What the server serves, the core group first, then as the server orders its groups, each in its preferred version. */
export async function servedResources(client: Client): Promise<readonly ServedResource[]> {
  const [core, groups] = await Promise.all([
    fetchJson<APIResourceList>(client, "/api/v1"),
    fetchJson<APIGroupList>(client, "/apis"),
  ]);
  const others = await Promise.all(
    groups.groups.map(async ({ name, versions, preferredVersion }) => {
      const version = preferredVersion?.version ?? versions[0]?.version ?? "";
      const list = await fetchJson<APIResourceList>(client, `/apis/${name}/${version}`).catch(() => undefined);
      return list === undefined ? [] : resourcesOf(list, name, version);
    }),
  );
  return [...resourcesOf(core, "", "v1"), ...others.flat()];
}

/** Resources that only RBAC knows: nobody serves them. */
const unserved: readonly ServedResource[] = [
  ...["users", "groups"].map((name) => ({ name, group: "" })),
  ...["userextras", "uids"].map((name) => ({ name, group: "authentication.k8s.io" })),
].map(({ name, group }) => ({
  group,
  version: "v1",
  name,
  singular: name.slice(0, -1),
  kind: "",
  shortNames: [],
  namespaced: false,
  verbs: ["impersonate"],
  subresources: [],
}));

const wordsOf = (r: ServedResource): readonly string[] => [r.name, r.singular, ...r.shortNames, r.kind.toLowerCase()];

/**
 * What a word means: plural, singular, short name or kind, in any case, with or without group (`deployments.apps`) or
 * version and group (`deployments.v1.apps`); `*` for all. Throws CommandFailure, naming what comes near.
 */
export function resolveResource(word: string, served: readonly ServedResource[]): ServedResource {
  const lower = word.toLowerCase();
  if (lower === "*" || lower.startsWith("*.")) {
    const group = lower === "*" ? "*" : lower.slice(2);
    return {
      group,
      version: "",
      name: "*",
      singular: "*",
      kind: "",
      shortNames: [],
      namespaced: true,
      verbs: [],
      subresources: [],
    };
  }
  const all = [...served, ...unserved];
  const [plain = "", ...rest] = lower.split(".");
  const group = rest.join(".");
  const groups = [group, ...(/^v[0-9]/.test(rest[0] ?? "") ? [rest.slice(1).join(".")] : [])];
  const found =
    rest.length === 0
      ? all.find((r) => wordsOf(r).includes(plain))
      : all.find((r) => wordsOf(r).includes(plain) && groups.includes(r.group));
  if (found !== undefined) return found;
  const near = all
    .map((r) => ({ r, d: Math.min(...wordsOf(r).map((w) => distance(plain, w))) }))
    .filter(({ d }) => d <= 2)
    .sort((a, b) => a.d - b.d)[0]?.r;
  const hint =
    near === undefined
      ? "kubectl api-resources lists what there is"
      : `did you mean ${near.name}${near.group === "" ? "" : `.${near.group}`}?`;
  throw new CommandFailure(`the server has no resource ${JSON.stringify(word)}; ${hint}`);
}
