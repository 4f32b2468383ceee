import { createHash } from "node:crypto";
import type { PullSecrets } from "./pull-secret.ts";
import { createRegistryClient, type RegistryClient } from "./registry-client.ts";
import { RegistryError } from "./registry-error.ts";

/** How registries are reached. */
export interface RegistriesOptions {
  /** Looked through in order; the first that knows the image's registry and path answers. */
  readonly pullSecrets?: readonly PullSecrets[];
  /** By `host[:port]`: gets a bearer token for a scope, where no pull secret is for the image. */
  readonly tokensFor?: Readonly<Record<string, (scope: string) => Promise<string>>>;
  /** PEM of authorities, by `host[:port]`; `*` for all others. Where there is one, no public one counts for that host. */
  readonly authorities?: Readonly<Record<string, string>>;
  /** `host[:port]` of registries that speak plain HTTP. */
  readonly plainHttp?: readonly string[];
  /** Hosts asked in order before the registry itself, by its name. They get credentials of their own only. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  readonly timeout?: number;
}

/** One place where an image may be had, nearest first. */
export interface RegistryPlace {
  readonly host: string;
  readonly client: RegistryClient;
}

export interface Registries {
  /** Mirrors, then the registry. */
  placesOf(registry: string, repository: string): readonly RegistryPlace[];
  /**
   * Asks each place in turn until one gives an answer. The last one's error is thrown; a wrong digest is thrown at
   * once, since it is no outage.
   */
  ask<T>(registry: string, repository: string, question: (client: RegistryClient) => Promise<T>): Promise<T>;
}

/** Docker Hub's API answers under another name than its images carry. */
const apiHost = (registry: string): string => (registry === "docker.io" ? "registry-1.docker.io" : registry);

export function createRegistries(options: RegistriesOptions = {}): Registries {
  const clients = new Map<string, RegistryClient>();
  const { pullSecrets = [], tokensFor = {}, authorities = {}, plainHttp = [], mirrors = {} } = options;

  function place(host: string, repository: string): RegistryPlace {
    let credentials: ReturnType<PullSecrets["credentialFor"]>;
    for (const secrets of pullSecrets) credentials ??= secrets.credentialFor(host, repository);
    // A client keeps its tokens: one for each identity at a host.
    const identity = JSON.stringify([credentials?.username, credentials?.password, credentials?.identityToken]);
    const key = `${host} ${createHash("sha256").update(identity).digest("hex")}`;
    let client = clients.get(key);
    if (client === undefined) {
      const ca = authorities[host] ?? authorities["*"];
      const tokenFor = credentials === undefined ? tokensFor[host] : undefined;
      client = createRegistryClient({
        host: apiHost(host),
        ...(ca === undefined ? {} : { ca }),
        ...(credentials === undefined ? {} : { credentials }),
        ...(tokenFor === undefined ? {} : { tokenFor }),
        ...(plainHttp.includes(host) ? { plainHttp: true } : {}),
        ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
      });
      clients.set(key, client);
    }
    return { host, client };
  }

  const placesOf = (registry: string, repository: string): RegistryPlace[] =>
    [...(mirrors[registry] ?? []), registry].map((host) => place(host, repository));

  return {
    placesOf,
    async ask(registry, repository, question) {
      let last: unknown;
      for (const { client } of placesOf(registry, repository))
        try {
          return await question(client);
        } catch (error) {
          if (!(error instanceof RegistryError) || error.code === "digest-mismatch") throw error;
          last = error;
        }
      throw last;
    },
  };
}
