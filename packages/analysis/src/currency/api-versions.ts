import type { KubeObject } from "@bulkhead/api";
import { type ApiVersionRow, apiVersionTable } from "./api-version-table.ts";
import type { Candidate } from "./item.ts";

/** Where an API version of a kind is still written. */
export interface ApiVersionUse {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object, or the file with its line. */
  readonly where: string;
  /** Who writes it so. */
  readonly by: string;
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** What writes kinds at its own time and is updated with the control plane. */
const ownWriters = /^(?:kube-controller-manager|kube-scheduler|kube-apiserver|kubelet|k3s|bulkhead(?:-.*)?)$/;

/** The API versions in which an object of a cluster was last written, by its managed fields and what kubectl applied. */
export function usesIn(object: KubeObject): ApiVersionUse[] {
  const { namespace, name = "" } = object.metadata;
  const where = `${object.kind} ${namespace === undefined || namespace === "" ? "" : `${namespace}/`}${name}`;
  const uses = (object.metadata.managedFields ?? [])
    .filter(({ manager }) => !ownWriters.test(manager ?? ""))
    .map(({ apiVersion, manager = "somebody" }) => ({ apiVersion, by: `written by ${manager}` }));
  const applied = object.metadata.annotations?.[lastApplied];
  const from = applied === undefined ? undefined : /"apiVersion":"([^"\\]{1,128})"/.exec(applied)?.[1];
  const seen = new Set<string>();
  return [...(from === undefined ? [] : [{ apiVersion: from, by: "applied by kubectl" }]), ...uses].flatMap(
    ({ apiVersion, by }) => {
      if (apiVersion === undefined || seen.has(apiVersion)) return [];
      seen.add(apiVersion);
      return [{ apiVersion, kind: object.kind, where, by }];
    },
  );
}

/** The row of a kind's API version; undefined where nothing is known to end. */
export function rowOf(apiVersion: string, kind: string): ApiVersionRow | undefined {
  const rows = apiVersionTable.filter((row) => row.apiVersion === apiVersion);
  return rows.find(({ kinds }) => kinds.includes(kind)) ?? rows.find(({ kinds }) => kinds.includes("*"));
}

/** Groups that Kubernetes itself serves; of others it says nothing. */
const ownGroup = (apiVersion: string): boolean =>
  !apiVersion.includes("/") ||
  !apiVersion.slice(0, apiVersion.indexOf("/")).includes(".") ||
  /\.k8s\.io\//.test(apiVersion);

const builtInGroups = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "internal.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);

const isBuiltIn = (apiVersion: string): boolean => {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return ownGroup(apiVersion) && (!group.includes(".") || builtInGroups.has(group));
};

/** `v1.36.3` → 36; undefined where it says no 1.x. */
export const minorOf = (version: string): number | undefined => {
  const minor = /^v?1\.(\d+)/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
};

/**
 * One item for each API version and kind in use. `server` is the minor release of the API server; undefined for manifests
 * of which nobody knows where they go: then what any release up to the table's end has removed counts.
 */
export function apiVersionItems(uses: readonly ApiVersionUse[], server: number | undefined): Candidate[] {
  const groups = Map.groupBy(uses, ({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  return [...groups].flatMap(([name, group]) => {
    const [first] = group;
    if (first === undefined || !isBuiltIn(first.apiVersion)) return [];
    const row = rowOf(first.apiVersion, first.kind);
    const alpha = /v\d+alpha\d+$/.test(first.apiVersion);
    // A stable version that no row names is what there is: listing each would only hide the others.
    if (row === undefined && !alpha) return [];
    return [candidateOf(name, first, group, row, server)];
  });
}

/** Kinds whose API version nothing speaks against, for counting. */
export const stableUses = (uses: readonly ApiVersionUse[]): number =>
  new Set(
    uses
      .filter(
        ({ apiVersion, kind }) =>
          isBuiltIn(apiVersion) && rowOf(apiVersion, kind) === undefined && !/alpha/.test(apiVersion),
      )
      .map(({ apiVersion, kind }) => `${apiVersion} ${kind}`),
  ).size;

/** The newest release whose removals the table knows when nobody says which server it is. */
const knownServer = 36;

function candidateOf(
  name: string,
  { apiVersion, kind }: ApiVersionUse,
  uses: readonly ApiVersionUse[],
  row: ApiVersionRow | undefined,
  server: number | undefined,
): Candidate {
  const places = uses
    .slice(0, 3)
    .map(({ where, by }) => `${where} (${by})`)
    .join(", ");
  const origin = uses.length > 3 ? `${places} and ${uses.length - 3} more` : places;
  const at = server ?? knownServer;
  const gone = row?.removed !== undefined && row.removed <= at;
  const plain = { kind: "api-version", name, version: apiVersion, origin, vulnerabilities: [], gaps: [] } as const;
  if (row === undefined)
    return {
      ...plain,
      support: { ended: false, from: "an alpha version may go with any release" },
      newest: {
        version: "a beta or stable version, where there is one",
        source: "Kubernetes' API policy",
        at: "",
        newer: true,
      },
      remedy: `write ${kind} in a beta or stable version where the server has one (kubectl api-resources)`,
    };
  const { deprecated, removed, instead, insteadSince, since = 0 } = row;
  const end =
    removed === undefined ? "no release is set in which it goes" : `${gone ? "gone since" : "goes with"} 1.${removed}`;
  return {
    ...plain,
    gaps: since > at ? [`Kubernetes 1.${at} does not have ${apiVersion} ${kind} yet: it came with 1.${since}`] : [],
    support: { ended: gone, from: `deprecated since 1.${deprecated}, ${end}; Kubernetes' deprecation guide` },
    ...(gone || deprecated > at
      ? {}
      : {
          newest: {
            version: instead ?? "nothing in its place",
            source: `deprecated since 1.${deprecated}, ${end}`,
            at: "",
            newer: true,
          },
        }),
    remedy:
      instead === undefined
        ? `remove it: nothing stands in its place`
        : `write it as ${instead} (there since 1.${insteadSince}): kubectl convert -f FILE --output-version ${instead.split(" ")[0]}`,
  };
}
