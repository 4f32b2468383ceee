import { createHash } from "node:crypto";
import type { RegisteredKind, ResourceRegistry } from "../resources/registry.ts";
import { apiVersionOf } from "../resources/served-resource.ts";
import { type VirtualKind, virtualKinds } from "./virtual-kinds.ts";

interface ApiResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

/** What a subresource answers when it is not the kind itself, and which verbs it takes. */
interface SubresourceFacts {
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
}

const connect: SubresourceFacts = { verbs: ["create", "get"] };
const status: SubresourceFacts = { verbs: ["get", "patch", "update"] };
const scale: SubresourceFacts = {
  kind: { group: "autoscaling", version: "v1", kind: "Scale" },
  verbs: ["get", "patch", "update"],
};

const named = (group: string, version: string, kind: string, verbs: readonly string[]): SubresourceFacts => ({
  kind: { group, version, kind },
  verbs,
});

/** Subresources that are handlers of their own, by group and plural. */
const handled: Readonly<Record<string, Readonly<Record<string, SubresourceFacts>>>> = {
  "/pods": {
    attach: { ...connect, kind: { group: "", version: "", kind: "PodAttachOptions" } },
    binding: named("", "", "Binding", ["create"]),
    eviction: named("policy", "v1", "Eviction", ["create"]),
    exec: { ...connect, kind: { group: "", version: "", kind: "PodExecOptions" } },
    log: { verbs: ["get"] },
    portforward: { ...connect, kind: { group: "", version: "", kind: "PodPortForwardOptions" } },
  },
  "/serviceaccounts": { token: named("authentication.k8s.io", "v1", "TokenRequest", ["create"]) },
  "/nodes": { proxy: named("", "", "NodeProxyOptions", ["get"]) },
  "/namespaces": { finalize: { verbs: ["update"] } },
};

/** The subresources of a kind with their facts, in order of their names. */
export function subresourcesOf({ resource }: RegisteredKind): readonly (readonly [string, SubresourceFacts])[] {
  const { row, group } = resource;
  const own = handled[`${group}/${resource.resource}`] ?? {};
  const facts: Record<string, SubresourceFacts> = {};
  for (const name of Object.keys(row.subresources)) facts[name] = own[name] ?? status;
  if (row.scale !== undefined) facts["scale"] = scale;
  return Object.entries({ ...facts, ...own }).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Eight bytes that name the form in which a kind is stored. */
const storageHash = (group: string, version: string, kind: string): string =>
  createHash("sha256").update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString("base64");

function resourcesOf(kind: RegisteredKind): ApiResource[] {
  const { resource } = kind;
  const { row } = resource;
  const base: ApiResource = {
    name: resource.resource,
    singularName: row.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: row.verbs,
    ...(row.shortNames.length === 0 ? {} : { shortNames: row.shortNames }),
    ...(row.categories.length === 0 ? {} : { categories: row.categories }),
    storageVersionHash: storageHash(resource.group, resource.storageVersion, resource.kind),
  };
  const subresources = subresourcesOf(kind).map(([name, facts]): ApiResource => {
    const other = facts.kind !== undefined && facts.kind.version !== "" ? facts.kind : undefined;
    return {
      name: `${resource.resource}/${name}`,
      singularName: "",
      namespaced: resource.namespaced,
      ...(other === undefined ? {} : { group: other.group, version: other.version }),
      kind: facts.kind?.kind ?? resource.kind,
      verbs: facts.verbs,
    };
  });
  return [base, ...subresources];
}

const virtualResource = (kind: VirtualKind): ApiResource => ({
  name: kind.resource,
  singularName: kind.singular,
  namespaced: kind.namespaced,
  kind: kind.kind,
  verbs: kind.verbs,
});

interface VersionView {
  readonly version: string;
  readonly kinds: readonly RegisteredKind[];
  readonly virtual: readonly VirtualKind[];
}

interface GroupView {
  readonly group: string;
  readonly versions: readonly VersionView[];
}

/** Stored kinds and those that are only asked, by group and version. */
export function groupViews(registry: ResourceRegistry): readonly GroupView[] {
  const groups = registry.groups();
  const views: GroupView[] = groups.map(({ group, versions }) => ({
    group,
    versions: versions.map(({ version, kinds }) => ({
      version,
      kinds,
      virtual: virtualKinds.filter((v) => v.group === group && v.version === version),
    })),
  }));
  for (const virtual of virtualKinds) {
    if (views.some((view) => view.group === virtual.group)) continue;
    const versions = [...new Set(virtualKinds.filter((v) => v.group === virtual.group).map((v) => v.version))];
    views.push({
      group: virtual.group,
      versions: versions.map((version) => ({
        version,
        kinds: [],
        virtual: virtualKinds.filter((v) => v.group === virtual.group && v.version === version),
      })),
    });
  }
  return views;
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

/** `/api/v1`, `/apis/GROUP/VERSION`: an APIResourceList, or undefined when the version is not served. */
export function resourceList(registry: ResourceRegistry, group: string, version: string): object | undefined {
  const view = groupViews(registry)
    .find((g) => g.group === group)
    ?.versions.find((v) => v.version === version);
  if (view === undefined) return undefined;
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf(group, version),
    resources: [...view.kinds.flatMap(resourcesOf), ...view.virtual.map(virtualResource)].toSorted(byName),
  };
}

const groupVersion = (group: string, version: string) => ({ groupVersion: `${group}/${version}`, version });

function apiGroup({ group, versions }: GroupView): object {
  const first = versions[0]?.version ?? "";
  return {
    name: group,
    versions: versions.map(({ version }) => groupVersion(group, version)),
    preferredVersion: groupVersion(group, first),
  };
}

/** `/apis/GROUP`. */
export function groupDocument(registry: ResourceRegistry, group: string): object | undefined {
  const view = groupViews(registry).find((g) => g.group === group && group !== "");
  return view === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...apiGroup(view) };
}

/** `/apis`. */
export const groupList = (registry: ResourceRegistry): object => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: groupViews(registry)
    .filter(({ group }) => group !== "")
    .map(apiGroup),
});

/** `/api`. */
export const coreVersions = (address: string): object => ({
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
});

function discoveredResource(kind: RegisteredKind): object {
  const { resource } = kind;
  const { row } = resource;
  const response = {
    group: resource.custom ? resource.group : "",
    version: resource.custom ? resource.version : "",
    kind: resource.kind,
  };
  const subresources = subresourcesOf(kind).map(([name, facts]) => ({
    subresource: name,
    responseKind: facts.kind ?? response,
    verbs: facts.verbs,
  }));
  return {
    resource: resource.resource,
    responseKind: response,
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: row.singular,
    verbs: row.verbs,
    ...(row.shortNames.length === 0 ? {} : { shortNames: row.shortNames }),
    ...(row.categories.length === 0 ? {} : { categories: row.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

const discoveredVirtual = (kind: VirtualKind): object => ({
  resource: kind.resource,
  responseKind: { group: "", version: "", kind: kind.kind },
  scope: kind.namespaced ? "Namespaced" : "Cluster",
  singularResource: kind.singular,
  verbs: kind.verbs,
});

/** The aggregated document of `/api` (`core` set) or `/apis`, as apidiscovery.k8s.io/v2 has it. */
export function aggregatedDiscovery(registry: ResourceRegistry, core: boolean): object {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groupViews(registry)
      .filter(({ group }) => (group === "") === core)
      .map(({ group, versions }) => ({
        metadata: group === "" ? {} : { name: group },
        versions: versions.map(({ version, kinds, virtual }) => ({
          version,
          resources: [
            ...kinds.map((kind) => [kind.resource.resource, discoveredResource(kind)] as const),
            ...virtual.map((kind) => [kind.resource, discoveredVirtual(kind)] as const),
          ]
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([, document]) => document),
          freshness: "Current",
        })),
      })),
  };
}
