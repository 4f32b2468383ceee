import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { ClientOptions } from "./client.ts";
import {
  formatKubeconfig,
  type Kubeconfig,
  mergeKubeconfigs,
  type NamedCluster,
  type NamedUser,
  parseKubeconfig,
} from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";

const isAbsent = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** Reads and merges files, in kubectl's order; absent ones count as empty unless all are. Relative paths within are made absolute. */
export async function loadKubeconfig(paths: readonly string[]): Promise<Kubeconfig> {
  const configs: Kubeconfig[] = [];
  for (const path of paths) {
    try {
      configs.push(absolute(parseKubeconfig(await readFile(path, "utf8")), dirname(resolve(path))));
    } catch (error) {
      if (isAbsent(error)) continue;
      if (error instanceof KubeconfigError) throw new KubeconfigError(error.code, `${path}: ${error.message}`, error);
      throw new KubeconfigError("unreadable", `${path}: cannot be read`, error);
    }
  }
  if (configs.length === 0) throw new KubeconfigError("absent", `no kubeconfig at ${paths.join(", ")}`);
  return mergeKubeconfigs(configs);
}

/** Writes the file whole or not at all, readable by its owner only. */
export async function writeKubeconfig(path: string, config: Kubeconfig): Promise<void> {
  const folder = dirname(resolve(path));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${resolve(path)}.${randomBytes(6).toString("hex")}`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(formatKubeconfig(config));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function absolute(config: Kubeconfig, folder: string): Kubeconfig {
  const at = <K extends string>(key: K, value: string | undefined) =>
    value === undefined || value === "" ? {} : ({ [key]: resolve(folder, value) } as { [key in K]: string });
  return {
    ...config,
    clusters: config.clusters.map(({ name, cluster }) => ({
      name,
      cluster: { ...cluster, ...at("certificate-authority", cluster["certificate-authority"]) },
    })),
    users: config.users.map(({ name, user }) => ({
      name,
      user: {
        ...user,
        ...at("client-certificate", user["client-certificate"]),
        ...at("client-key", user["client-key"]),
        ...at("tokenFile", user.tokenFile),
      },
    })),
  };
}

/** What a context says, as options for `createClient`; `namespace` is the context's (default `default`). */
export interface ContextClient {
  readonly options: ClientOptions & { readonly server: string };
  readonly namespace: string;
  readonly cluster: string;
  readonly user: string;
}

/** Resolves a context (default: the current one). Certificate files are read at each connection, token files when they change. */
export function clientOptionsOf(config: Kubeconfig, context?: string): ContextClient {
  const name = context ?? config["current-context"];
  const found = config.contexts.find((entry) => entry.name === name);
  if (found === undefined)
    throw new KubeconfigError(
      "no-context",
      name === "" ? "the kubeconfig has no current context" : `the kubeconfig has no context ${JSON.stringify(name)}`,
    );
  const cluster = config.clusters.find((entry) => entry.name === found.context.cluster);
  if (cluster === undefined)
    throw new KubeconfigError("no-context", `context ${JSON.stringify(name)} names a cluster that is not there`);
  const user = config.users.find((entry) => entry.name === found.context.user);
  if (user === undefined && found.context.user !== "")
    throw new KubeconfigError("no-context", `context ${JSON.stringify(name)} names a user that is not there`);
  return {
    options: {
      server: cluster.cluster.server,
      tls: () => tlsOf(cluster.cluster, user?.user ?? {}),
      ...authenticationOf(found.context.user, user?.user ?? {}),
    },
    namespace: found.context.namespace ?? "default",
    cluster: cluster.name,
    user: found.context.user,
  };
}

async function material(data: string | undefined, path: string | undefined): Promise<Buffer | undefined> {
  if (data !== undefined && data !== "") return Buffer.from(data, "base64");
  if (path === undefined || path === "") return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new KubeconfigError("unreadable", `${path}: cannot be read`, error);
  }
}

async function tlsOf(cluster: NamedCluster["cluster"], user: NamedUser["user"]) {
  const ca = await material(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  const cert = await material(user["client-certificate-data"], user["client-certificate"]);
  const key = await material(user["client-key-data"], user["client-key"]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(cluster["tls-server-name"] === undefined ? {} : { servername: cluster["tls-server-name"] }),
    ...(cluster["insecure-skip-tls-verify"] === true ? { insecure: true } : {}),
  };
}

function authenticationOf(name: string, user: NamedUser["user"]): Partial<ClientOptions> {
  const says = (what: string): KubeconfigError =>
    new KubeconfigError(
      "unsupported",
      `user ${JSON.stringify(name)} signs in by ${what}, which is not supported: use a client certificate, a token or a token file`,
    );
  const impersonate =
    user.as === undefined
      ? {}
      : { impersonate: { user: user.as, ...(user["as-groups"] === undefined ? {} : { groups: user["as-groups"] }) } };
  // kubectl's order: a token file wins over a token, both over a plugin.
  if (user.tokenFile !== undefined && user.tokenFile !== "") return { tokenFile: user.tokenFile, ...impersonate };
  if (user.token !== undefined && user.token !== "") return { token: user.token, ...impersonate };
  if (user.exec !== undefined) throw says("an exec plugin");
  if (user["auth-provider"] !== undefined) throw says("an auth-provider plugin");
  if (user.username !== undefined || user.password !== undefined) throw says("a user name and password");
  return impersonate;
}
