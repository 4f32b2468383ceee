import { RegistryError } from "./registry-error.ts";
import type { RegistryCredential } from "./registry-session.ts";

/** Credentials by registry and path, as Docker's config.json and pull secrets of both types keep them. */
export interface PullSecrets {
  /** The credential for `registry/repository`, the longest matching entry's; undefined where there is none. */
  credentialFor(registry: string, repository: string): RegistryCredential | undefined;
  /**
   * The program that Docker would ask for the registry's credential (what follows `docker-credential-`), and how it would
   * name the registry. Only a person's own command runs one: a Secret names none that anybody would.
   */
  helperFor(registry: string): { readonly name: string; readonly server: string } | undefined;
}

interface Entry {
  readonly host: string;
  readonly path: string;
  readonly credential: RegistryCredential;
}

const bad = (what: string): RegistryError => new RegistryError("malformed", `registry credentials: ${what}`);
const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Docker Hub has three names. */
const hub = (host: string): string =>
  host === "index.docker.io" || host === "registry-1.docker.io" || host === "registry.hub.docker.com"
    ? "docker.io"
    : host;

const bare = (key: string): string => key.replace(/^https?:\/\//, "").replace(/\/+$/, "");
const entryHost = (key: string): string => hub((bare(key).split("/")[0] ?? "").toLowerCase());

function entryOf(key: string, value: unknown): Entry | undefined {
  const at = bare(key);
  const slash = at.indexOf("/");
  const host = entryHost(key);
  // `https://index.docker.io/v1/` names an API version, not a path of images.
  const path = slash < 0 ? "" : at.slice(slash + 1).replace(/^v[12](\/|$)/, "");
  const { auth, username, password, identitytoken } = fields(value);
  const identityToken = textOf(identitytoken);
  let credential: RegistryCredential = { username: textOf(username), password: textOf(password) };
  if (textOf(auth) !== "") {
    const plain = Buffer.from(textOf(auth), "base64").toString("utf8");
    const colon = plain.indexOf(":");
    if (colon < 0) throw bad(`the entry of ${host} holds no user and password`);
    credential = { username: plain.slice(0, colon), password: plain.slice(colon + 1).replace(/\0+$/, "") };
  }
  if (identityToken !== "") credential = { ...credential, identityToken };
  return host === "" || (credential.username === "" && identityToken === "") ? undefined : { host, path, credential };
}

/** Host patterns match label by label (`*.example.com`), ports exactly, as the kubelet does it. */
function hostMatches(pattern: string, host: string): boolean {
  const [name = "", port = ""] = pattern.split(/:(?=\d*$)/);
  const [otherName = "", otherPort = ""] = host.split(/:(?=\d*$)/);
  if (port !== otherPort) return false;
  const labels = name.split(".");
  const others = otherName.split(".");
  return (
    labels.length === others.length &&
    labels.every((label, i) => {
      const parts = label.split("*");
      if (parts.length === 1) return label === others[i];
      const [start = "", ...rest] = parts;
      let other = others[i] ?? "";
      if (!other.startsWith(start)) return false;
      other = other.slice(start.length);
      const end = rest.pop() ?? "";
      for (const part of rest) {
        const found = other.indexOf(part);
        if (found < 0) return false;
        other = other.slice(found + part.length);
      }
      return other.endsWith(end);
    })
  );
}

/**
 * Reads `~/.docker/config.json`, `.dockerconfigjson` (kubernetes.io/dockerconfigjson) or the older `.dockercfg`, which
 * is the `auths` alone. Throws RegistryError `malformed`; no message holds a credential.
 */
export function parsePullSecrets(text: string): PullSecrets {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    // The parser's own message would quote the file.
    throw bad("no JSON");
  }
  const config = fields(whole);
  const wrapped = "auths" in config || "credHelpers" in config || "credsStore" in config;
  const entries = Object.entries(wrapped ? fields(config["auths"]) : config)
    .flatMap(([key, value]) => entryOf(key, value) ?? [])
    .sort((a, b) => b.path.length - a.path.length || Number(a.host.includes("*")) - Number(b.host.includes("*")));
  const helpers = Object.entries(fields(config["credHelpers"]));
  const store = textOf(config["credsStore"]);
  return {
    helperFor(registry) {
      const host = hub(registry.toLowerCase());
      const own = helpers.find(([server]) => entryHost(server) === host);
      if (own !== undefined) return { name: textOf(own[1]), server: own[0] };
      if (store === "") return undefined;
      // What is kept there stands in the list with nothing in it, under the name that it is kept under.
      const server = Object.keys(fields(config["auths"])).find((key) => entryHost(key) === host);
      return server === undefined ? undefined : { name: store, server };
    },
    credentialFor(registry, repository) {
      const host = hub(registry.toLowerCase());
      return entries.find(
        (e) =>
          hostMatches(e.host, host) && (e.path === "" || repository === e.path || repository.startsWith(`${e.path}/`)),
      )?.credential;
    },
  };
}
