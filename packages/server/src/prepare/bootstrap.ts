import { readFile } from "node:fs/promises";
import { type ImageTrustPolicy, type KubeObject, type Service, securityApiVersion } from "@bulkhead/api";
import {
  type Client,
  clientOptionsOf,
  createClient,
  hasReason,
  imageTrustPolicies,
  parseKubeconfig,
  type Resource,
  resources,
} from "@bulkhead/client";
import { type InstanceConfig, instancePaths } from "@bulkhead/host";
import type { NetworkLayout } from "@bulkhead/network";
import { ownAccess, ownRegistryAccess } from "./own-access.ts";
import { registryHost } from "./registry.ts";
import { readTopology } from "./topology.ts";

const manager = "bulkhead";
/** The Service under which pods find the cluster's DNS; it listens at this very address inside the instance's network. */
const dnsService = (layout: NetworkLayout): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "kube-dns",
    namespace: "kube-system",
    labels: { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS" },
  },
  spec: {
    clusterIP: layout.dnsAddress,
    ports: [
      { name: "dns", port: 53, protocol: "UDP" },
      { name: "dns-tcp", port: 53, protocol: "TCP" },
    ],
  },
});

/** `registry.example.com/team/*` as an entry of a policy's `allow`. */
export function trustEntry(pattern: string): { registry: string; repositories: string[] } {
  const slash = pattern.indexOf("/");
  return slash === -1
    ? { registry: pattern, repositories: ["*"] }
    : { registry: pattern.slice(0, slash), repositories: [pattern.slice(slash + 1)] };
}

/** The instance's own objects, made or put right with the admin's rights once the API answers. Idempotent. */
export async function bootstrap(root: string): Promise<void> {
  const { config, layout } = await readTopology(root);
  const kubeconfig = parseKubeconfig(await readFile(instancePaths(root).kubeconfig, "utf8"));
  const client = createClient(clientOptionsOf(kubeconfig).options);
  try {
    const apply = <T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> =>
      client.patch(
        resource,
        { namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" },
        "apply",
        object,
        { fieldManager: manager, force: true },
      );
    const { clusterRoles, clusterRoleBindings, roles, roleBindings } = ownAccess;
    for (const role of clusterRoles) await apply(resources.clusterRoles, role);
    for (const bound of clusterRoleBindings) await apply(resources.clusterRoleBindings, bound);
    for (const role of roles) await apply(resources.roles, role);
    for (const bound of roleBindings) await apply(resources.roleBindings, bound);
    if (layout !== undefined) {
      for (const role of ownRegistryAccess.clusterRoles) await apply(resources.clusterRoles, role);
      for (const bound of ownRegistryAccess.clusterRoleBindings) await apply(resources.clusterRoleBindings, bound);
      await createOnce(client, resources.services, dnsService(layout));
      await trust(client, config);
    }
  } finally {
    client.close();
  }
}

/** Asked for first: a Service whose address is taken (by itself) is refused as invalid, as upstream refuses it. */
async function createOnce<T extends KubeObject>(client: Client, resource: Resource<T>, object: T): Promise<void> {
  const name = { namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" };
  try {
    await client.get(resource, name);
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    await client.create(resource, object);
  }
}

/**
 * The ImageTrustPolicy `default`: made where it is missing, with the machine's own registry (and everything under
 * --defaults=kubernetes); afterwards it is the user's, and only what --trust names is added.
 */
async function trust(client: Client, config: InstanceConfig): Promise<void> {
  const wanted =
    config.defaults === "kubernetes"
      ? [{ registry: "*", repositories: ["*"] }]
      : [registryHost(config), ...config.trust].map(trustEntry);
  const name = { namespace: "", name: "default" };
  const there = await client.get(imageTrustPolicies, name).catch((error: unknown) => {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  });
  if (there === undefined) {
    const made: ImageTrustPolicy = {
      apiVersion: securityApiVersion,
      kind: "ImageTrustPolicy",
      metadata: { name: "default" },
      spec: { allow: wanted },
    };
    await client.create(imageTrustPolicies, made);
    return;
  }
  const known = new Set(there.spec.allow?.flatMap((e) => e.repositories.map((r) => `${e.registry}/${r}`)));
  const missing = config.trust
    .map(trustEntry)
    .filter((e) => !e.repositories.every((r) => known.has(`${e.registry}/${r}`)));
  if (missing.length > 0)
    await client.patch(imageTrustPolicies, name, "merge", {
      spec: { allow: [...(there.spec.allow ?? []), ...missing] },
    });
}
