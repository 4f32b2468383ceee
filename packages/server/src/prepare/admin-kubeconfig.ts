import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyKubeconfig, formatKubeconfig, type Kubeconfig, setInKubeconfig } from "@bulkhead/client";
import { type InstanceConfig, type InstancePaths, writeDurably } from "@bulkhead/host";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig for one identity of this instance, with everything inside. */
export function instanceKubeconfig(
  config: InstanceConfig,
  serverCa: string,
  user: { readonly name: string; readonly certificate: string; readonly key: string; readonly namespace?: string },
): Kubeconfig {
  const host = ["0.0.0.0", "::"].includes(config.listen) ? "127.0.0.1" : config.listen;
  const cluster = "bulkhead";
  return setInKubeconfig(emptyKubeconfig, {
    ...emptyKubeconfig,
    clusters: [
      {
        name: cluster,
        cluster: {
          server: `https://${host.includes(":") ? `[${host}]` : host}:${config.port}`,
          "certificate-authority-data": base64(serverCa),
        },
      },
    ],
    users: [
      {
        name: user.name,
        user: { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) },
      },
    ],
    contexts: [
      {
        name: cluster,
        context: { cluster, user: user.name, ...(user.namespace === undefined ? {} : { namespace: user.namespace }) },
      },
    ],
    "current-context": cluster,
  });
}

/** Writes the admin's kubeconfig, readable by root alone. */
export async function writeAdminKubeconfig(config: InstanceConfig, paths: InstancePaths): Promise<void> {
  const read = (name: string): Promise<string> => readFile(join(paths.pki, "admin", name), "utf8");
  const [serverCa, certificate, key] = await Promise.all([read("server-ca.crt"), read("admin.crt"), read("admin.key")]);
  const kubeconfig = instanceKubeconfig(config, serverCa, { name: "kubernetes-admin", certificate, key });
  await writeDurably(paths.kubeconfig, formatKubeconfig(kubeconfig), 0o600);
}
