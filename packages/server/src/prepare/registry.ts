import { randomBytes } from "node:crypto";
import { chown, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type InstanceConfig, type InstancePaths, writeDurably } from "@bulkhead/host";
import { hash } from "bcryptjs";

/** Who may pull from and push to the machine's own registry. registry/credentials.json, root's, 0600. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

export const registryHost = (config: InstanceConfig): string => `127.0.0.1:${config.registryPort}`;

const credentialsFile = (paths: InstancePaths): string => join(paths.registry, "credentials.json");

/** The registry's credentials, made at the first start. Root only. */
export async function registryCredentials(paths: InstancePaths): Promise<RegistryCredentials> {
  const there = await readFile(credentialsFile(paths), "utf8").catch(() => undefined);
  if (there !== undefined) return JSON.parse(there) as RegistryCredentials;
  const made = { username: "bulkhead", password: randomBytes(24).toString("base64url") };
  await writeDurably(credentialsFile(paths), `${JSON.stringify(made)}\n`, 0o600);
  return made;
}

/** A copy of the credentials for the API server, which resolves tags. */
export const resolverCredentialsFile = (paths: InstancePaths): string =>
  join(paths.pki, "apiserver", "registry-credentials.json");

/** A copy for the controllers, of which one follows tags. */
export const updaterCredentialsFile = (paths: InstancePaths): string =>
  join(paths.pki, "controllers", "registry-credentials.json");

/** Writes the registry's configuration: loopback only, TLS, no anonymous access, no outgoing calls. */
export async function prepareRegistry(config: InstanceConfig, paths: InstancePaths): Promise<string> {
  const owner = config.users.registry;
  await mkdir(paths.registry, { recursive: true, mode: 0o711 });
  const data = join(paths.registry, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  await chown(data, owner, owner);
  const credentials = await registryCredentials(paths);
  const readers = [
    [resolverCredentialsFile(paths), config.users.apiserver],
    [updaterCredentialsFile(paths), config.users.controllers],
  ] as const;
  for (const [file, gid] of readers)
    await writeDurably(file, `${JSON.stringify(credentials)}\n`, 0o640, { uid: 0, gid });
  const users = join(paths.registry, "htpasswd");
  const known = await readFile(users, "utf8").catch(() => undefined);
  if (known === undefined) {
    await writeDurably(
      users,
      `${credentials.username}:${(await hash(credentials.password, 8)).replace(/^\$2b\$/, "$2y$")}\n`,
      0o600,
      { uid: owner, gid: owner },
    );
  }
  const pki = join(paths.pki, "registry");
  const file = join(paths.registry, "config.yml");
  const settings = {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
    auth: { htpasswd: { realm: "bulkhead", path: users } },
    http: {
      addr: registryHost(config),
      // Upload state is signed with it; a new one at each preparation only ends uploads under way.
      secret: randomBytes(24).toString("base64url"),
      tls: { certificate: join(pki, "tls.crt"), key: join(pki, "tls.key"), minimumtls: "tls1.2" },
    },
  };
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === undefined || before.includes(`"${registryHost(config)}"`) === false) {
    // YAML is a superset of JSON.
    await writeDurably(file, `${JSON.stringify(settings, undefined, 1)}\n`, 0o600, { uid: owner, gid: owner });
  }
  return file;
}
