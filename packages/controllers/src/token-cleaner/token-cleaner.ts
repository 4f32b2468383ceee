import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, work } from "../controller.ts";

const accountName = "kubernetes.io/service-account.name";
const accountUid = "kubernetes.io/service-account.uid";

/** Deletes token Secrets whose ServiceAccount is not there (or is another of that name). */
export const tokenCleaner: ControllerDefinition = {
  name: "token-cleaner",
  identity: "system:kube-controller-manager",
  clusterRole: "system:kube-controller-manager",
  component: "tokens-controller",
  start,
};

async function start(context: ControllerContext): Promise<void> {
  const { informers, client, log } = context;
  const accounts = informers.of(resources.serviceAccounts);
  // Only these Secrets: nobody here needs to hold the others.
  const secrets = informers.of(resources.secrets, { fieldSelector: "type=kubernetes.io/service-account-token" });
  const queue = createWorkqueue({ name: "token-cleaner", log });
  secrets.onChange((current) => {
    if (current !== undefined) queue.add(keyOf(current));
  });
  accounts.onChange((current, previous) => {
    if (current !== undefined && current.metadata.uid === previous?.metadata.uid) return;
    const account = current ?? previous;
    for (const secret of secrets.list(account?.metadata.namespace))
      if (secret.metadata.annotations?.[accountName] === account?.metadata.name) queue.add(keyOf(secret));
  });

  await work(context, queue, 2, async (key) => {
    const secret = secrets.get(splitKey(key));
    const name = secret?.metadata.annotations?.[accountName];
    if (secret === undefined || name === undefined || secret.metadata.deletionTimestamp !== undefined) return;
    const namespace = secret.metadata.namespace ?? "";
    if (belongs(accounts.get({ namespace, name })?.metadata.uid)) return;
    // The copies are of different moments: only a live look may delete.
    try {
      if (belongs((await client.get(resources.serviceAccounts, { namespace, name })).metadata.uid)) return;
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
    try {
      await client.delete(resources.secrets, splitKey(key), { preconditions: { uid: secret.metadata.uid ?? "" } });
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }

    function belongs(uid: string | undefined): boolean {
      const wanted = secret?.metadata.annotations?.[accountUid];
      return uid !== undefined && (wanted === undefined || wanted === "" || wanted === uid);
    }
  });
}
