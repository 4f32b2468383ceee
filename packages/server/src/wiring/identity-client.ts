import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@bulkhead/api";
import { type Client, type ClientOptions, createClient } from "@bulkhead/client";
import { type InstanceConfig, instancePaths } from "@bulkhead/host";

/** Where the programs of an instance reach its API: always over loopback. */
export const apiAddress = (config: InstanceConfig): string => {
  const host = ["0.0.0.0", "::"].includes(config.listen) ? "127.0.0.1" : config.listen;
  return `https://${host.includes(":") ? `[${host}]` : host}:${config.port}`;
};

/** The file name of an identity's certificate: `system:kube-scheduler` is `system.kube-scheduler`. */
export const identityFile = (identity: string): string => identity.replaceAll(":", ".");

/** How a program shows one of its certificates; files are read at every connection, so that renewed ones count. */
export function certificateOptions(
  root: string,
  config: InstanceConfig,
  folder: string,
  identity: string,
  log: Log,
): ClientOptions {
  const file = (name: string): Promise<Buffer> => readFile(join(instancePaths(root).pki, folder, name));
  return {
    server: apiAddress(config),
    tls: async () => {
      const [ca, cert, key] = await Promise.all([
        file("server-ca.crt"),
        file(`${identity}.crt`),
        file(`${identity}.key`),
      ]);
      return { ca, cert, key };
    },
    userAgent: `bulkhead-${folder}/${identity}`,
    log,
  };
}

/** A client with one of the instance's identities. */
export const identityClient = (
  root: string,
  config: InstanceConfig,
  folder: string,
  identity: string,
  log: Log,
): Client => createClient(certificateOptions(root, config, folder, identity, log));
