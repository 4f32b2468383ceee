import type { ImageTrustPolicy } from "@bulkhead/api";
import { type Client, hasReason, type Resource } from "@bulkhead/client";
import type { InstanceConfig } from "@bulkhead/host";

const policies: Resource<ImageTrustPolicy> = {
  group: "security.bulkhead.dev",
  version: "v1alpha1",
  resource: "imagetrustpolicies",
  kind: "ImageTrustPolicy",
  namespaced: false,
};

/** `registry.example.com/team/*` as the policy's `allow` entry. */
export function trustEntry(pattern: string): { registry: string; repositories: string[] } {
  const slash = pattern.indexOf("/");
  return slash === -1
    ? { registry: pattern, repositories: ["*"] }
    : { registry: pattern.slice(0, slash), repositories: [pattern.slice(slash + 1)] };
}

/**
 * The ImageTrustPolicy `default`: made where it is missing, with the machine's own registry (and everything under
 * --defaults=kubernetes); afterwards it is the user's, and only what --trust names is added.
 */
export async function applyTrust(client: Client, config: InstanceConfig): Promise<void> {
  const wanted =
    config.defaults === "kubernetes"
      ? [{ registry: "*", repositories: ["*"] }]
      : [`127.0.0.1:${config.registryPort}`, ...config.trust].map(trustEntry);
  const name = { namespace: "", name: "default" };
  const there = await client.get(policies, name).catch((error: unknown) => {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  });
  if (there === undefined) {
    const made = {
      apiVersion: "security.bulkhead.dev/v1alpha1",
      kind: "ImageTrustPolicy",
      metadata: { name: "default" },
      spec: { allow: wanted },
    };
    await client.create(policies, made as ImageTrustPolicy);
    return;
  }
  const known = new Set(there.spec.allow?.flatMap((e) => e.repositories.map((r) => `${e.registry}/${r}`)));
  const missing = config.trust
    .map(trustEntry)
    .filter((e) => !e.repositories.every((r) => known.has(`${e.registry}/${r}`)));
  if (missing.length === 0) return;
  await client.patch(policies, name, "merge", { spec: { allow: [...(there.spec.allow ?? []), ...missing] } });
}
