import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageTrustPolicy, KubeObject } from "@bulkhead/api";
import { securityApiVersion } from "@bulkhead/api";
import { type Client, exceptions, hasReason, imageTrustPolicies, type Resource, resources } from "@bulkhead/client";
import { type InstancePaths, readInstance } from "@bulkhead/host";
import { hostAddresses, localServices, type NetworkLayout, networkFacts } from "@bulkhead/network";
import { NodePolicyError, nodePolicyAt, type Snapshot, type SnapshotFacts } from "@bulkhead/policy";
import { readNodePolicy } from "../allow/node-file.ts";
import type { Cluster } from "./cluster.ts";

/** What each question needs to know of the cluster. */
const needs = {
  access: [resources.roles, resources.clusterRoles, resources.roleBindings, resources.clusterRoleBindings],
  traffic: [resources.pods, resources.namespaces, resources.networkPolicies, resources.services, exceptions],
  pod: [resources.namespaces, exceptions, imageTrustPolicies],
} as const;

/** What else a node's own rights hang on. */
const nodeNeeds = [resources.pods, resources.persistentVolumeClaims, resources.persistentVolumes];

/** Asked by name only, and only to warn of what is missing: whoever may not list them is warned of nothing. */
const references = [
  resources.secrets,
  resources.configMaps,
  resources.persistentVolumeClaims,
  resources.serviceAccounts,
];

export type Question = keyof typeof needs;

type Asked = Pick<Cluster, "client" | "paths" | "instance">;

export interface TakenSnapshot extends Snapshot {
  /** What could not be asked, for a person. */
  readonly notes: readonly string[];
}

/** As `snapshotOf`, with a client of the instance at `paths`. */
export async function takeSnapshot(client: Client, paths: InstancePaths, question: Question): Promise<Snapshot> {
  const instance = await readInstance(paths.root).catch(() => undefined);
  return snapshotOf({ client, paths, instance }, question);
}

/** Reads what a question needs from the API, and from the instance's folder what only this machine knows. */
export async function snapshotOf(
  cluster: Asked,
  question: Question,
  options: { readonly nodeRights?: boolean } = {},
): Promise<TakenSnapshot> {
  const { client } = cluster;
  const wanted: readonly Resource[] = [...needs[question], ...(options.nodeRights === true ? nodeNeeds : [])];
  const [lists, names, { facts, notes }] = await Promise.all([
    Promise.all(wanted.map((resource) => listed(client, resource))),
    question === "pod" ? Promise.all(references.map((resource) => namesOf(client, resource))) : [],
    factsOf(cluster),
  ]);
  const complete = new Set(references.filter((_, i) => names[i] !== undefined).map((r) => r.resource));
  return { objects: [...lists.flat(), ...names.flatMap((n) => n ?? [])], facts: { ...facts, complete }, notes };
}

async function listed(client: Client, resource: Resource): Promise<readonly KubeObject[]> {
  try {
    return (await client.list(resource)).items;
  } catch (error) {
    // On another cluster our own kinds may not be there, and on ours no volumes.
    if (hasReason(error, "NotFound")) return [];
    throw error;
  }
}

async function namesOf(client: Client, resource: Resource): Promise<readonly KubeObject[] | undefined> {
  try {
    const { items } = await client.list(resource, { metadataOnly: true });
    const { version: apiVersion, kind } = resource;
    // Nothing but names is kept: a server that knows no metadata lists sends whole Secrets.
    return items.map(({ metadata: { namespace = "", name = "" } }) => ({
      apiVersion,
      kind,
      metadata: { namespace, name },
    }));
  } catch (error) {
    if (hasReason(error, "NotFound", "Forbidden")) return undefined;
    throw error;
  }
}

async function factsOf({ instance, paths }: Asked): Promise<{ facts: SnapshotFacts; notes: readonly string[] }> {
  const notes: string[] = [];
  if (instance === undefined) {
    const notOurs = "not an instance of this machine: judged by upstream's defaults, without a node's own policy";
    return { facts: plainFacts("kubernetes"), notes: [notOurs] };
  }
  const text = await readFile(join(paths.run, "topology.json"), "utf8").catch(() => undefined);
  const layout = text === undefined ? undefined : (JSON.parse(text) as { layout?: NetworkLayout }).layout;
  const policy = await readNodePolicy(paths.root).catch((error: unknown) => {
    if (error instanceof NodePolicyError) throw error;
    if ((error as NodeJS.ErrnoException).code === "EACCES")
      notes.push("the node's own policy file is root's and was not asked");
    return undefined;
  });
  const { defaults } = instance;
  const facts = {
    ...plainFacts(defaults),
    ...(layout === undefined
      ? {}
      : { ...networkFacts(layout, hostAddresses(), defaults), served: localServices(layout, instance.registryPort) }),
    ...(policy === undefined ? {} : { node: nodePolicyAt(policy, Date.now()) }),
  };
  return { facts, notes };
}

const plainFacts = (defaults: "bulkhead" | "kubernetes"): SnapshotFacts => ({
  now: Date.now(),
  defaults,
  podSecurityDefault: defaults === "bulkhead" ? "restricted" : "privileged",
  nodeIps: [],
  closed: [],
});

/** What a new instance would hold, without asking any: its defaults, and the images that are said to be trusted. */
export function builtInSnapshot(
  defaults: "bulkhead" | "kubernetes",
  trust: readonly { readonly registry: string; readonly repositories: readonly string[] }[],
): TakenSnapshot {
  const allow = defaults === "kubernetes" ? [{ registry: "*", repositories: ["*"] }] : trust;
  const policy: ImageTrustPolicy = {
    apiVersion: securityApiVersion,
    kind: "ImageTrustPolicy",
    metadata: { name: "default" },
    spec: { allow: allow.map(({ registry, repositories }) => ({ registry, repositories: [...repositories] })) },
  };
  return { objects: [policy], facts: plainFacts(defaults), notes: [] };
}

/** What deciders want to know of a cluster beside its objects, without its objects. */
export const settingsOf = factsOf;
