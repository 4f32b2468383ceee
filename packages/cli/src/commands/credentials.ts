import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { type Kubeconfig, parseKubeconfig } from "@bulkhead/client";
import { type InstancePaths, run } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import type { FoundInstance } from "../instance/find-instance.ts";
import { onlyRoot } from "../only-root.ts";

interface Wish {
  readonly user?: string;
  readonly group: readonly string[];
  readonly hours: string;
}

function hours(text: string, most: number): string {
  const value = Number(text);
  if (!(value > 0 && value <= most)) throw new CommandFailure(`--hours ${text}: more than 0, at most ${most}`);
  return String(value);
}

/** Asks the one program that reads the authorities' keys. */
async function issue(paths: InstancePaths, ...args: string[]): Promise<string> {
  onlyRoot("only root may issue credentials: sudo bulkhead …");
  const done = await run([join(paths.programs, "node"), join(paths.programs, "prepare.mjs"), paths.root, ...args]);
  if (done.code !== 0) throw new CommandFailure(done.stderr.trim(), 1);
  return done.stdout;
}

const rootsOnly = (path: string) => (error: NodeJS.ErrnoException) => {
  throw new CommandFailure(
    error.code === "EACCES" ? `${path} is root's; run this as root` : `${path}: ${error.message}`,
    2,
    error,
  );
};

/** A kubeconfig of the instance's, leading to another address of the same API where one is said. */
export async function kubeconfig(
  { paths }: FoundInstance,
  wish: Wish & { readonly server?: string },
): Promise<Kubeconfig> {
  if (wish.user === undefined && wish.group.length > 0) throw new CommandFailure("--group needs --user");
  const server = wish.server === undefined ? undefined : serverUrl(wish.server);
  if (server !== undefined) {
    const file = join(paths.pki, "apiserver", "tls.crt");
    checkCovered(server, await readFile(file, "utf8").catch(rootsOnly(file)));
  }
  const text =
    wish.user === undefined
      ? await readFile(paths.kubeconfig, "utf8").catch(rootsOnly(paths.kubeconfig))
      : await issue(paths, "kubeconfig", hours(wish.hours, 720), wish.user, ...wish.group);
  const made = parseKubeconfig(text);
  if (server === undefined) return made;
  const clusters = made.clusters.map(({ name, cluster }) => ({ name, cluster: { ...cluster, server: server.origin } }));
  return { ...made, clusters };
}

/** Reads `--server`. Throws CommandFailure on what leads to no API of ours. */
export function serverUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol !== "https:" || url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "")
    throw new CommandFailure(`--server ${JSON.stringify(text)}: write https://HOST:PORT`);
  return url;
}

/** Throws CommandFailure where the API server's certificate (PEM) is not for this host: no client would believe it. */
export function checkCovered(server: URL, pem: string): void {
  const host = server.hostname.replace(/^\[(.*)\]$/, "$1");
  const certificate = new X509Certificate(pem);
  if ((isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined) return;
  const covered = (certificate.subjectAltName ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  throw new CommandFailure(
    `--server: the API server's certificate does not cover ${host}, so that no client would believe it; it covers ${covered.join(", ")} (bulkhead up --listen ADDRESS adds that address, 0.0.0.0 all of the machine's)`,
  );
}

export interface TokenReport {
  readonly token: string;
  readonly user: string;
  readonly groups: readonly string[];
  /** RFC 3339. */
  readonly expires: string;
}

/** A bearer token, and whose it is. */
export async function token({ paths }: FoundInstance, wish: Wish & { readonly user: string }): Promise<TokenReport> {
  const made = (await issue(paths, "token", hours(wish.hours, 24), wish.user, ...wish.group)).trim();
  const claims = JSON.parse(Buffer.from(made.split(".")[1] ?? "", "base64url").toString("utf8")) as { exp: number };
  const expires = new Date(claims.exp * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  return { token: made, user: wish.user, groups: wish.group, expires };
}
