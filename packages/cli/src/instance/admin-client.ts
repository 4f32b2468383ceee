import { type Client, clientOptionsOf, createClient, KubeconfigError, loadKubeconfig } from "@bulkhead/client";
import type { InstancePaths } from "@bulkhead/host";
import { NoInstanceFailure } from "../exit-codes.ts";

/** A client with the rights of an instance's admin. Needs root. */
export async function adminClient(paths: InstancePaths): Promise<Client> {
  try {
    return createClient(clientOptionsOf(await loadKubeconfig([paths.kubeconfig])).options);
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new NoInstanceFailure(`the instance at ${paths.root} has no admin that you may be: ${error.message}`, error);
  }
}
