import {
  type Event,
  eventFromCore,
  eventsV1EventRow,
  eventToCore,
  type JSONSchemaProps,
  type KindRow,
  type KubeObject,
  kindRows,
} from "@bulkhead/api";
import type { ObjectSchema } from "./object-schema.ts";
import { type Conversion, type ServedResource, servedResource } from "./served-resource.ts";

/** A served kind together with what its schema can do. */
export interface RegisteredKind {
  readonly resource: ServedResource;
  readonly schema: ObjectSchema;
  /** A definition's own schema, for OpenAPI; built-in kinds have theirs in the facts. */
  readonly definitionSchema?: JSONSchemaProps | undefined;
}

/** One version of a group, in the order discovery lists. */
export interface GroupVersionEntry {
  readonly group: string;
  readonly version: string;
  readonly kinds: readonly RegisteredKind[];
}

/** Which kinds are served now. Built-in ones stand from the start; definitions come and go. */
export interface ResourceRegistry {
  find(group: string, version: string, resource: string): RegisteredKind | undefined;
  /** The kind by its name, in any version when none is said. */
  findKind(group: string, kind: string, version?: string): RegisteredKind | undefined;
  /** Every version of a resource is stored under one key; this gives the version it is stored in. */
  stored(group: string, resource: string): RegisteredKind | undefined;
  all(): Iterable<RegisteredKind>;
  groups(): readonly { readonly group: string; readonly versions: readonly GroupVersionEntry[] }[];
  /** Grows with every change, for what is made from the whole (discovery, OpenAPI). */
  readonly generation: number;
  /** Replaces the kinds that a definition brings; an empty list takes them away. */
  replace(owner: string, kinds: readonly RegisteredKind[]): void;
}

/** Groups that discovery names first, as upstream orders them; others follow by name. */
const groupOrder = [
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

const rank = (group: string): number => {
  const at = groupOrder.indexOf(group);
  return at < 0 ? groupOrder.length : at;
};

/** v2 before v1 before v1beta1 before v1alpha1, as kube-aware version order has it. */
export function compareVersions(a: string, b: string): number {
  const parse = (version: string) => /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  const [x, y] = [parse(a), parse(b)];
  if (x === null || y === null) return x === y ? (a < b ? -1 : 1) : x === null ? 1 : -1;
  const stage = (match: RegExpExecArray): number => (match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0);
  return (
    stage(y) - stage(x) || Number(y[1]) - Number(x[1]) || Number(y[3] ?? 0) - Number(x[3] ?? 0) || (a < b ? -1 : 1)
  );
}

const eventConversion: Conversion = {
  fromStored: (object) => eventFromCore(object as Event) as KubeObject,
  toStored: (object) => eventToCore(object) as KubeObject,
};

/** Every built-in kind, the second name of events among them. */
export const builtInRows: readonly KindRow[] = [...kindRows, eventsV1EventRow as unknown as KindRow];

const isEvent = ({ resource, group }: KindRow, of: string): boolean => resource === "events" && group === of;

/** A built-in kind. Two groups show the same events: core's form is what is stored. */
function builtInResource(row: KindRow, rows: readonly KindRow[]): ServedResource {
  const core = rows.find((other) => isEvent(other, ""));
  const events = rows.find((other) => isEvent(other, "events.k8s.io"));
  if (core === undefined || events === undefined || (row !== core && row !== events))
    return servedResource(row, { custom: false });
  const views = [
    { row: core, conversion: undefined },
    { row: events, conversion: eventConversion },
  ];
  if (row === core) return servedResource(row, { custom: false, views });
  return servedResource(row, { custom: false, views, storageGroup: "", conversion: eventConversion });
}

export function createRegistry(
  rows: readonly KindRow[],
  schemaOf: (resource: ServedResource) => ObjectSchema,
): ResourceRegistry {
  const owned = new Map<string, readonly RegisteredKind[]>();
  const byPath = new Map<string, RegisteredKind>();
  let generation = 0;
  let groups: ReturnType<ResourceRegistry["groups"]> | undefined;

  const rebuild = (): void => {
    byPath.clear();
    for (const kinds of owned.values())
      for (const kind of kinds) {
        const { group, version, resource } = kind.resource;
        byPath.set(`${group}/${version}/${resource}`, kind);
      }
    groups = undefined;
    generation++;
  };

  owned.set(
    "",
    rows.map((row) => {
      const resource = builtInResource(row, rows);
      return { resource, schema: schemaOf(resource) };
    }),
  );
  rebuild();

  return {
    find: (group, version, resource) => byPath.get(`${group}/${version}/${resource}`),
    findKind: (group, kind, version) => {
      for (const entry of byPath.values()) {
        const { resource } = entry;
        if (
          resource.group === group &&
          resource.kind === kind &&
          (version === undefined || resource.version === version)
        )
          return entry;
      }
      return undefined;
    },
    stored: (group, name) => {
      for (const entry of byPath.values()) {
        const { resource } = entry;
        if (resource.group === group && resource.resource === name && resource.version === resource.storageVersion)
          return entry;
      }
      return undefined;
    },
    all: () => byPath.values(),
    groups: () => (groups ??= grouped([...byPath.values()])),
    get generation() {
      return generation;
    },
    replace: (owner, kinds) => {
      if (kinds.length === 0) owned.delete(owner);
      else owned.set(owner, kinds);
      rebuild();
    },
  };
}

function grouped(kinds: readonly RegisteredKind[]): ReturnType<ResourceRegistry["groups"]> {
  const groups = new Map<string, Map<string, RegisteredKind[]>>();
  for (const kind of kinds) {
    const { group, version } = kind.resource;
    let versions = groups.get(group);
    if (versions === undefined) groups.set(group, (versions = new Map()));
    const list = versions.get(version);
    if (list === undefined) versions.set(version, [kind]);
    else list.push(kind);
  }
  return [...groups]
    .toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([group, versions]) => ({
      group,
      versions: [...versions]
        .toSorted(([a], [b]) => compareVersions(a, b))
        .map(([version, list]) => ({
          group,
          version,
          kinds: list.toSorted((a, b) => (a.resource.resource < b.resource.resource ? -1 : 1)),
        })),
    }));
}
