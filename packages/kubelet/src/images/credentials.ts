import type { Secret } from "@bulkhead/api";
import type { CriAuth } from "../cri/schema.ts";
import { parseImage } from "./reference.ts";

/** A registry that this machine itself may pull from. */
export interface RegistryCredential {
  /** `host[:port]`, as image names begin. */
  readonly registry: string;
  /** Absent: the runtime's own hosts.toml says how it is known there (a client certificate). */
  readonly login?: { readonly username: string; readonly password: string };
}

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** The registry and path prefix of a docker config's key: `https://host/v1/` is `host`. */
function keyPattern(key: string): string {
  return key
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12]\/?$/, "")
    .replace(/\/$/, "");
}

function matches(key: string, registry: string, repository: string): boolean {
  const pattern = keyPattern(key);
  const [host = "", ...path] = pattern.split("/");
  const known = host === "index.docker.io" ? "docker.io" : host;
  if (known.includes("*")) {
    const [labels, wanted] = [registry.split("."), known.split(".")];
    if (labels.length !== wanted.length) return false;
    if (!wanted.every((label, index) => label === "*" || label === labels[index])) return false;
  } else if (known !== registry) {
    return false;
  }
  const prefix = path.join("/");
  return prefix === "" || repository === prefix || repository.startsWith(`${prefix}/`);
}

/**
 * Where a credential may be shown: the runtime compares the host with the one it talks to, and shows it to no mirror. An
 * address without a scheme it would read as a path; Docker Hub answers under another name than its images carry.
 */
const serverAddress = (registry: string): string =>
  `https://${registry === "docker.io" ? "registry-1.docker.io" : registry}`;

function toAuth(entry: DockerAuth, registry: string): CriAuth {
  const [user, ...rest] = entry.auth === undefined ? [] : Buffer.from(entry.auth, "base64").toString("utf8").split(":");
  return {
    username: entry.username ?? user ?? "",
    password: entry.password ?? rest.join(":"),
    identityToken: entry.identitytoken ?? "",
    registryToken: entry.registrytoken ?? "",
    serverAddress: serverAddress(registry),
  };
}

/** The entries of a docker registry secret; nothing when it is no such secret or unreadable. */
function entriesOf(secret: Secret): Readonly<Record<string, DockerAuth>> {
  const [field, whole] =
    secret.type === "kubernetes.io/dockercfg" ? [".dockercfg", true] : [".dockerconfigjson", false];
  const data = secret.data?.[field];
  if (data === undefined) return {};
  try {
    const parsed = JSON.parse(Buffer.from(data, "base64").toString("utf8")) as Record<string, unknown>;
    return (whole ? parsed : (parsed["auths"] ?? {})) as Record<string, DockerAuth>;
  } catch {
    return {};
  }
}

/**
 * What to offer a registry for an image: the pod's pull secrets, the most specific first, then the machine's own
 * credential for that very registry, then nothing. A credential is only ever sent to the registry it names.
 */
export function credentialsFor(
  image: string,
  secrets: readonly Secret[],
  own: readonly RegistryCredential[],
): (CriAuth | undefined)[] {
  const { registry, repository } = parseImage(image);
  const fromSecrets = secrets
    .flatMap((secret) => Object.entries(entriesOf(secret)))
    .filter(([key]) => matches(key, registry, repository))
    .toSorted(([a], [b]) => keyPattern(b).length - keyPattern(a).length)
    .map(([, entry]) => toAuth(entry, registry));
  const machines = own
    .filter((each) => each.registry === registry)
    .map(({ login }) => (login === undefined ? undefined : { ...login, serverAddress: serverAddress(registry) }));
  const all = [...fromSecrets, ...machines];
  return all.length === 0 ? [undefined] : all;
}
