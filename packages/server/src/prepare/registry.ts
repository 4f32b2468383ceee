import { createHash, randomBytes } from "node:crypto";
import { chown, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { notifierDigest, registryEventsPath, registryTokenPath } from "@bulkhead/apiserver";
import { type InstanceConfig, type InstancePaths, writeDurably } from "@bulkhead/host";
import type { NetworkLayout } from "@bulkhead/network";
import { apiAddress } from "../wiring/identity-client.ts";

export const registryHost = (config: InstanceConfig): string => `127.0.0.1:${config.registryPort}`;

/** Who signs the registry's tokens, and for which service: the registry takes no others. */
export const registryTokenIssuer = (config: InstanceConfig): string => `bulkhead-${config.id}`;
export const registryService = (config: InstanceConfig): string => `bulkhead-registry-${config.id}`;

/** Where registry clients get tokens: the API's address inside, to which the host has a route too. */
export const registryRealm = (layout: NetworkLayout): string => `https://${layout.apiAddress}${registryTokenPath}`;

/** SHA-256 of the secrets by which the API server knows the registry's events: the present one, the next, the one before. */
export const notifierDigestsFile = (paths: InstancePaths): string =>
  join(paths.pki, "apiserver", "registry-notifier.json");

/** What the registry runs with, and a digest of all that it reads once, when it starts. */
export interface RegistryPreparation {
  readonly file: string;
  readonly digest: string;
}

interface Settings {
  readonly http: { readonly secret: string };
  readonly notifications: {
    readonly endpoints: readonly { readonly headers: { readonly Authorization: readonly string[] } }[];
  };
}

const digestOf = (...texts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 16);

/** What an earlier preparation wrote; undefined for nothing, or for another version's. */
async function earlier(file: string): Promise<Settings | undefined> {
  try {
    const read = JSON.parse(await readFile(file, "utf8")) as Settings;
    return typeof read.notifications.endpoints[0]?.headers.Authorization[0] === "string" ? read : undefined;
  } catch {
    return undefined;
  }
}

const secret = (): string => randomBytes(24).toString("base64url");

/**
 * The secret that the registry tells with beside this certificate, and the one after it, of which the API server hears
 * now: it looks at its files every half minute, and a registry that restarts is not to be refused until then.
 */
async function notifierSecrets(
  paths: InstancePaths,
  certificate: string,
  told: string | undefined,
): Promise<{ readonly telling: string; readonly next: string }> {
  const file = join(paths.registry, "notifier.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  const kept = text === undefined ? undefined : (JSON.parse(text) as { certificate: string; next: string });
  if (told !== undefined && kept?.certificate === certificate) return { telling: told, next: kept.next };
  const next = secret();
  const telling = kept?.next ?? secret();
  await writeDurably(file, `${JSON.stringify({ certificate, next })}\n`, 0o600);
  return { telling, next };
}

/** Passwords of earlier versions: nobody takes them any more. */
async function removePasswords(paths: InstancePaths): Promise<void> {
  for (const file of [
    join(paths.registry, "credentials.json"),
    join(paths.registry, "htpasswd"),
    join(paths.pki, "apiserver", "registry-credentials.json"),
    join(paths.pki, "controllers", "registry-credentials.json"),
  ])
    await rm(file, { force: true });
}

/**
 * Writes the registry's configuration: loopback only, TLS, tokens of our API server's alone, what is pushed told to it.
 * The secret it tells with is made anew whenever the registry's certificate is.
 */
export async function prepareRegistry(
  config: InstanceConfig,
  paths: InstancePaths,
  layout: NetworkLayout,
): Promise<RegistryPreparation> {
  const owner = config.users.registry;
  await mkdir(paths.registry, { recursive: true, mode: 0o711 });
  const data = join(paths.registry, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  await chown(data, owner, owner);
  const pki = join(paths.pki, "registry");
  const certificate = await readFile(join(pki, "tls.crt"), "utf8");
  const file = join(paths.registry, "config.yml");
  const before = await earlier(file);
  const told = before?.notifications.endpoints[0]?.headers.Authorization[0]?.replace(/^Bearer /, "");
  const { telling, next } = await notifierSecrets(paths, digestOf(certificate), told);
  const settings = {
    version: 0.1,
    // It warns of every challenge it sends: whoever asks first without a token, as all clients do.
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
    auth: {
      token: {
        realm: registryRealm(layout),
        service: registryService(config),
        issuer: registryTokenIssuer(config),
        rootcertbundle: join(pki, "registry-token-ca.crt"),
      },
    },
    notifications: {
      events: { includereferences: false },
      endpoints: [
        {
          name: "audit",
          url: `${apiAddress(config)}${registryEventsPath}`,
          headers: { Authorization: [`Bearer ${telling}`] },
          timeout: "5s",
          threshold: 5,
          backoff: "1s",
          // Layers are parts of what is pushed; who pulls is known by the token.
          ignore: { mediatypes: ["application/octet-stream"], actions: ["pull", "mount"] },
        },
      ],
    },
    http: {
      addr: registryHost(config),
      // Upload state is signed with it.
      secret: before?.http.secret ?? secret(),
      tls: { certificate: join(pki, "tls.crt"), key: join(pki, "tls.key"), minimumtls: "tls1.2" },
    },
  };
  const counting = [telling, next, ...(told === undefined || told === telling ? [] : [told])];
  const digests = `${JSON.stringify(counting.map(notifierDigest))}\n`;
  // The one before counts until the next rotation: the registry may still tell with it.
  if (told !== telling || (await readFile(notifierDigestsFile(paths), "utf8").catch(() => "")) === "")
    await writeDurably(notifierDigestsFile(paths), digests, 0o640, { uid: 0, gid: config.users.apiserver });
  // YAML is a superset of JSON.
  const text = `${JSON.stringify(settings satisfies Settings, undefined, 1)}\n`;
  if ((await readFile(file, "utf8").catch(() => "")) !== text)
    await writeDurably(file, text, 0o600, { uid: owner, gid: owner });
  await removePasswords(paths);
  return { file, digest: digestOf(certificate, text) };
}
