import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRegistryTokens, type RegistrySigner, type RegistryTokens } from "@bulkhead/apiserver";
import type { InstanceConfig, InstancePaths } from "@bulkhead/host";
import { registryTokenSigner } from "../pki/certificates.ts";
import { notifierDigestsFile, registryService, registryTokenIssuer } from "../prepare/registry.ts";

/** The files that hold the pair that signs the registry's tokens: certificate, key. */
export const registryTokenSignerFiles = (paths: InstancePaths): readonly [certificate: string, key: string] => [
  join(paths.pki, "apiserver", `${registryTokenSigner}.crt`),
  join(paths.pki, "apiserver", `${registryTokenSigner}.key`),
];

/** The token service of the machine's registry, with the key that prepare made. */
export async function registryTokenService(
  config: InstanceConfig,
  paths: InstancePaths,
): Promise<RegistryTokens & { reload(): Promise<void> }> {
  const signer = async (): Promise<RegistrySigner> => {
    const [certificate, key] = registryTokenSignerFiles(paths);
    return { certificate: await readFile(certificate, "utf8"), key: await readFile(key, "utf8") };
  };
  const tokens = createRegistryTokens({
    signer: await signer(),
    issuer: registryTokenIssuer(config),
    service: registryService(config),
  });
  return { ...tokens, reload: async () => tokens.renew(await signer()) };
}

/** By what the registry's own word is known; nothing where it has none yet. */
export async function readNotifierDigests(paths: InstancePaths): Promise<ReadonlySet<string>> {
  const text = await readFile(notifierDigestsFile(paths), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "[]";
    throw error;
  });
  return new Set(JSON.parse(text) as string[]);
}
