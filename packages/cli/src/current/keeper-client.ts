import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Client, clientOptionsOf, createClient, loadKubeconfig } from "@bulkhead/client";
import type { InstancePaths } from "@bulkhead/host";

/** A client of an instance's API with the identity that may publish what its machine is, and nothing else. Needs root. */
export async function keeperClient(paths: InstancePaths): Promise<Client> {
  // Where the API answers stands in the admin's file; who the admin is is left aside.
  const { server } = clientOptionsOf(await loadKubeconfig([paths.kubeconfig])).options;
  const file = (name: string): Promise<Buffer> => readFile(join(paths.pki, "currency", name));
  const [ca, cert, key] = await Promise.all([file("server-ca.crt"), file("keeper.crt"), file("keeper.key")]);
  return createClient({ server, tls: { ca, cert, key }, userAgent: "bulkhead-currency" });
}
