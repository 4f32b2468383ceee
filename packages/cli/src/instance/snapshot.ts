import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubeObject } from "@bulkhead/api";
import { type Client, hasReason, type Resource, resourceOf, resources } from "@bulkhead/client";
import { type InstancePaths, readInstance } from "@bulkhead/host";
import { closedRanges, hostAddresses, type NetworkLayout } from "@bulkhead/network";
import { parseNodePolicy, type Snapshot, type SnapshotFacts } from "@bulkhead/policy";

const own = (resource: string, kind: string, namespaced: boolean): Resource =>
  resourceOf({ group: "security.bulkhead.dev", version: "v1alpha1", resource, kind, namespaced });

/** What each question needs to know of the cluster. */
const needs = {
  access: [
    resources.roles,
    resources.clusterRoles,
    resources.roleBindings,
    resources.clusterRoleBindings,
    resources.pods,
  ],
  traffic: [
    resources.pods,
    resources.namespaces,
    resources.networkPolicies,
    resources.services,
    own("exceptions", "Exception", true),
  ],
  pod: [
    resources.namespaces,
    own("exceptions", "Exception", true),
    own("imagetrustpolicies", "ImageTrustPolicy", false),
  ],
} as const;

export type Question = keyof typeof needs;

/** Reads what a question needs from the API, and from the instance's folder what only this machine knows. */
export async function takeSnapshot(client: Client, paths: InstancePaths, question: Question): Promise<Snapshot> {
  const lists = await Promise.all(
    needs[question].map(async (resource) => {
      const { group, version, kind } = resource;
      const { items } = await client.list(resource as Resource).catch((error: unknown) => {
        // On another cluster our own kinds may not be there.
        if (group === "security.bulkhead.dev" && hasReason(error, "NotFound")) return { items: [] };
        throw error;
      });
      // Items of a list come without their kind.
      return items.map(
        (item): KubeObject => ({ ...item, apiVersion: group === "" ? version : `${group}/${version}`, kind }),
      );
    }),
  );
  return { objects: lists.flat(), facts: await facts(paths) };
}

async function facts(paths: InstancePaths): Promise<SnapshotFacts> {
  const config = await readInstance(paths.root).catch(() => undefined);
  const text = await readFile(join(paths.run, "topology.json"), "utf8").catch(() => undefined);
  const layout = text === undefined ? undefined : (JSON.parse(text) as { layout?: NetworkLayout }).layout;
  const policy = await readFile(paths.nodePolicy, "utf8").catch(() => undefined);
  const defaults = config?.defaults ?? "kubernetes";
  const addresses = hostAddresses();
  return {
    now: Date.now(),
    defaults,
    podSecurityDefault: defaults === "bulkhead" ? "restricted" : "privileged",
    nodeIps: layout === undefined ? [] : [layout.nodeAddress, ...addresses],
    closed: layout === undefined ? [] : closedRanges(layout, addresses, defaults === "kubernetes"),
    ...(policy === undefined ? {} : { node: parseNodePolicy(policy) }),
  };
}
