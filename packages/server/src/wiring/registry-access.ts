import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { PullSecrets } from "@bulkhead/apiserver";
import {
  createRegistries,
  type PullSecrets as DockerSecrets,
  parsePullSecrets,
  type Registries,
  RegistryError,
  registriesFrom,
} from "@bulkhead/images";
import type { RegistryReach } from "../scanning/job.ts";
import type { RegistriesView } from "./registries-copy.ts";

/** How a program of ours reaches registries. */
export interface RegistryAccessOptions {
  /** `host:port` of the machine's own registry, and how this program is known there. */
  readonly own: string;
  /** PEM file of its authority; read anew when it is needed, since it is renewed. */
  readonly ownCa: string;
  readonly tokenFor: (scope: string) => Promise<string>;
  readonly view: RegistriesView;
}

export interface RegistryAccess {
  /**
   * Registries as they are reached now, known with these secrets, or with none. Those with secrets hold credentials: they
   * are for one question and kept nowhere.
   */
  registries(secrets?: PullSecrets): Promise<Registries>;
  /** How this repository is reached by a process that knows nothing: with a token where it lies on the machine's own registry. */
  reach(registry: string, repository: string): Promise<RegistryReach>;
  /** Another text whenever another answer may come: other secrets, or a changed file. Holds no value. */
  key(secrets?: PullSecrets): string;
  /** Of these secrets' entries the one for a repository, as a Docker configuration that holds nothing else. */
  narrowed(registry: string, repository: string, secrets: PullSecrets): string | undefined;
  /** Why a registry wants other credentials than these, and what to do, in one line. */
  missing(registry: string, repository: string, secrets?: PullSecrets): string;
}

/** Milliseconds of silence: a pod's writer waits. */
const timeout = 10_000;

/** Each that can be read; the rest holds no credential. */
function readable(secrets: PullSecrets): DockerSecrets[] {
  return secrets.open().flatMap(({ config }) => {
    try {
      return [parsePullSecrets(config)];
    } catch (error) {
      if (error instanceof RegistryError) return [];
      throw error;
    }
  });
}

export function createRegistryAccess({ own, ownCa, tokenFor, view }: RegistryAccessOptions): RegistryAccess {
  /** Without secrets: its connections' tokens may be kept. */
  let anonymous: { readonly key: string; readonly registries: Registries } | undefined;

  function made(ca: string, secrets: readonly DockerSecrets[]): Registries {
    const { authorities, plainHttp, mirrors } = registriesFrom(view.now().file);
    // How the machine's own registry is reached is nobody else's to say; a pod's secret is no better there than we are.
    const { [own]: _, ...mirrored } = mirrors;
    return createRegistries({
      authorities: { ...authorities, [own]: ca },
      plainHttp: plainHttp.filter((host) => host !== own),
      mirrors: mirrored,
      tokensFor: { [own]: tokenFor },
      timeout,
      pullSecrets: secrets.map((one) => ({
        ...one,
        credentialFor: (host, repository) => (host === own ? undefined : one.credentialFor(host, repository)),
      })),
    });
  }

  return {
    async registries(secrets) {
      const ca = await readFile(ownCa, "utf8");
      const readableSecrets = secrets === undefined || secrets.key === "" ? [] : readable(secrets);
      if (readableSecrets.length > 0) return made(ca, readableSecrets);
      const key = `${view.now().mark}\n${ca}`;
      if (anonymous?.key !== key) anonymous = { key, registries: made(ca, []) };
      return anonymous.registries;
    },
    async reach(registry, repository) {
      const { authorities, plainHttp, mirrors } = registriesFrom(view.now().file);
      if (registry === own) {
        const token = await tokenFor(`repository:${repository}:pull`);
        return { authorities: { [own]: await readFile(ownCa, "utf8") }, plainHttp: [], mirrors: [], token, timeout };
      }
      const hosts = new Set([registry, ...(mirrors[registry] ?? [])]);
      const named = Object.entries(authorities).filter(([host]) => hosts.has(host) || host === "*");
      return {
        authorities: Object.fromEntries(named),
        plainHttp: plainHttp.filter((host) => hosts.has(host)),
        mirrors: mirrors[registry] ?? [],
        timeout,
      };
    },
    key: (secrets) => {
      const text = `${view.now().mark}\n${secrets?.key ?? ""}`;
      return createHash("sha256").update(text).digest("base64url").slice(0, 22);
    },
    narrowed(registry, repository, secrets) {
      for (const one of registry === own ? [] : readable(secrets)) {
        const found = one.credentialFor(registry, repository);
        if (found === undefined) continue;
        const auth = Buffer.from(`${found.username}:${found.password}`).toString("base64");
        const token = found.identityToken === undefined ? {} : { identitytoken: found.identityToken };
        return JSON.stringify({ auths: { [registry]: { auth, ...token } } });
      }
      return undefined;
    },
    missing(registry, repository, secrets) {
      const make = `kubectl${secrets === undefined ? "" : ` -n ${secrets.namespace}`} create secret docker-registry NAME --docker-server=${registry} --docker-username=USER --docker-password=PASSWORD`;
      const name = "name it in imagePullSecrets of the pod or of its ServiceAccount";
      if (secrets === undefined || secrets.names.length === 0)
        return `no pull secret is named for it; make one and ${name}: ${make}`;
      if (secrets.absent.length === secrets.names.length)
        return `its pull secret ${secrets.absent.join(", ")} is not there in namespace ${secrets.namespace}; make it: ${make.replace("NAME", secrets.absent[0] ?? "NAME")}`;
      const names = secrets.names.filter((one) => !secrets.absent.includes(one)).join(", ");
      return readable(secrets).some((one) => one.credentialFor(registry, repository) !== undefined)
        ? `the credentials for ${registry} in its pull secrets (${names}) do not open this repository; renew them`
        : `its pull secrets (${names}) hold no credentials for ${registry}; make one that does and ${name}: ${make}`;
    },
  };
}
