import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, work } from "../controller.ts";

/** Keeps a ServiceAccount `default` in every namespace. */
export const serviceAccountController: ControllerDefinition = {
  name: "service-account",
  identity: "system:serviceaccount:kube-system:service-account-controller",
  clusterRole: "system:controller:service-account-controller",
  component: "service-account-controller",
  start,
};

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, log } = context;
  const namespaces = informers.of(resources.namespaces);
  const accounts = informers.of(resources.serviceAccounts);
  const queue = createWorkqueue({ name: "service-account", log });
  namespaces.onChange((current) => {
    if (current !== undefined) queue.add(current.metadata.name ?? "");
  });
  accounts.onChange((current, previous) => {
    if (current === undefined && previous?.metadata.name === "default") queue.add(previous.metadata.namespace ?? "");
  });
  await work(context, queue, 2, async (name) => {
    const namespace = namespaces.get({ namespace: "", name });
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
    if (accounts.get({ namespace: name, name: "default" }) !== undefined) return;
    try {
      await client.create(resources.serviceAccounts, {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default", namespace: name },
      });
    } catch (error) {
      // Made by the namespace's own commit, or the namespace is on its way out.
      if (!hasReason(error, "AlreadyExists", "Forbidden", "NotFound")) throw error;
    }
  });
}
