import { parse, stringify } from "yaml";
import { KubeconfigError } from "./kubeconfig-error.ts";

/** A kubeconfig file's content, as far as we act on it; what else stands in it is kept when it is written back. */
export interface Kubeconfig {
  readonly apiVersion: "v1";
  readonly kind: "Config";
  readonly clusters: readonly NamedCluster[];
  readonly users: readonly NamedUser[];
  readonly contexts: readonly NamedContext[];
  readonly "current-context": string;
}

export interface NamedCluster {
  readonly name: string;
  readonly cluster: {
    readonly server: string;
    readonly "certificate-authority"?: string;
    readonly "certificate-authority-data"?: string;
    readonly "insecure-skip-tls-verify"?: boolean;
    readonly "tls-server-name"?: string;
    readonly "proxy-url"?: string;
  };
}

export interface NamedUser {
  readonly name: string;
  readonly user: {
    readonly "client-certificate"?: string;
    readonly "client-certificate-data"?: string;
    readonly "client-key"?: string;
    readonly "client-key-data"?: string;
    readonly token?: string;
    readonly tokenFile?: string;
    readonly username?: string;
    readonly password?: string;
    readonly as?: string;
    readonly "as-groups"?: readonly string[];
    readonly exec?: object;
    readonly "auth-provider"?: object;
  };
}

export interface NamedContext {
  readonly name: string;
  readonly context: { readonly cluster: string; readonly user: string; readonly namespace?: string };
}

/** Nothing in it. */
export const emptyKubeconfig: Kubeconfig = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [],
  users: [],
  contexts: [],
  "current-context": "",
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function named<T extends { readonly name: string }>(value: unknown, field: string, part: string): T[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new KubeconfigError("malformed", `${field}: must be a list`);
  return value.map((entry: unknown, index) => {
    if (!isRecord(entry) || typeof entry["name"] !== "string")
      throw new KubeconfigError("malformed", `${field}[${index}].name: must be a string`);
    if (!isRecord(entry[part])) throw new KubeconfigError("malformed", `${field}[${index}].${part}: must be a mapping`);
    return entry as unknown as T;
  });
}

/** Reads YAML or JSON; throws KubeconfigError `malformed` that names the field, never a value. */
export function parseKubeconfig(text: string): Kubeconfig {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 10 });
  } catch (error) {
    throw new KubeconfigError("malformed", "the kubeconfig is no YAML", error);
  }
  if (value === null || value === undefined) return emptyKubeconfig;
  if (!isRecord(value)) throw new KubeconfigError("malformed", "the kubeconfig must be a mapping");
  if (value["kind"] !== undefined && value["kind"] !== "Config")
    throw new KubeconfigError("malformed", "kind: must be Config");
  const current = value["current-context"];
  return {
    ...value,
    apiVersion: "v1",
    kind: "Config",
    clusters: named<NamedCluster>(value["clusters"], "clusters", "cluster"),
    users: named<NamedUser>(value["users"], "users", "user"),
    contexts: named<NamedContext>(value["contexts"], "contexts", "context"),
    "current-context": typeof current === "string" ? current : "",
  };
}

/** YAML, ready to be written. */
export const formatKubeconfig = (config: Kubeconfig): string => stringify(config, { lineWidth: 0 });

function union<T extends { readonly name: string }>(first: readonly T[], second: readonly T[]): T[] {
  const names = new Set(first.map((entry) => entry.name));
  return [...first, ...second.filter((entry) => !names.has(entry.name))];
}

/** Several files as kubectl reads them: of two entries with one name the first wins, as does the first current context. */
export const mergeKubeconfigs = (configs: readonly Kubeconfig[]): Kubeconfig =>
  configs.reduce<Kubeconfig>(
    (merged, next) => ({
      ...next,
      ...merged,
      clusters: union(merged.clusters, next.clusters),
      users: union(merged.users, next.users),
      contexts: union(merged.contexts, next.contexts),
      "current-context": merged["current-context"] === "" ? next["current-context"] : merged["current-context"],
    }),
    emptyKubeconfig,
  );

/** `entry`'s clusters, users and contexts put into `into`, replacing those of the same name; its current context wins when it has one. */
export const setInKubeconfig = (into: Kubeconfig, entry: Kubeconfig): Kubeconfig => ({
  ...into,
  clusters: union(entry.clusters, into.clusters),
  users: union(entry.users, into.users),
  contexts: union(entry.contexts, into.contexts),
  "current-context": entry["current-context"] === "" ? into["current-context"] : entry["current-context"],
});

/** `into` without the named cluster, user and context (one name for all three, as we write them). */
export const removeFromKubeconfig = (from: Kubeconfig, name: string): Kubeconfig => ({
  ...from,
  clusters: from.clusters.filter((entry) => entry.name !== name),
  users: from.users.filter((entry) => entry.name !== name),
  contexts: from.contexts.filter((entry) => entry.name !== name),
  "current-context": from["current-context"] === name ? "" : from["current-context"],
});
