import { type Client, clientOptionsOf, createClient, KubeconfigError, loadKubeconfig } from "@bulkhead/client";
import { type InstancePaths, instancePaths } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";

export const defaultRoot = "/var/lib/bulkhead";

/**
 * A client for the API that the command is about: the kubeconfig named, else KUBECONFIG, else the instance's admin. The
 * last needs root.
 */
export async function apiClient(options: { readonly root: string; readonly kubeconfig?: string }): Promise<Client> {
  const paths: InstancePaths = instancePaths(options.root);
  const named = options.kubeconfig ?? process.env["KUBECONFIG"];
  const files = named === undefined ? [paths.kubeconfig] : named.split(":").filter((f) => f !== "");
  try {
    const kubeconfig = await loadKubeconfig(files);
    return createClient(clientOptionsOf(kubeconfig).options);
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new CommandFailure(
      named === undefined
        ? `no instance at ${paths.root} that you may use (${error.message}); start one with: bulkhead up, or name a --kubeconfig`
        : error.message,
      2,
      error,
    );
  }
}
