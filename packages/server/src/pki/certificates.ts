import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { currencyKeeperUser, imageScannerUser } from "@bulkhead/api";
import { type InstanceConfig, instancePaths, readIfThere, writeDurably } from "@bulkhead/host";
import { apiserverClientName, networkAgentName } from "../prepare/names.ts";
import { identityFile } from "../wiring/identity-client.ts";
import { isFresh, issue, type KeyPair, type LeafWish, makeAuthority } from "./authority.ts";

/** `registry-token-ca` vouches for the one key that signs the registry's tokens: the registry trusts no other authority. */
type AuthorityName = "server-ca" | "client-ca" | "registry-token-ca";

/** A leaf that an instance needs: whose folder it goes to, under which name, signed by which authority. */
export interface LeafRow {
  readonly folder: "apiserver" | "controllers" | "agent" | "registry" | "currency" | "admin";
  readonly file: string;
  readonly authority: AuthorityName;
  readonly wish: LeafWish;
}

/** The API server's pair of files that signs the registry's tokens. */
export const registryTokenSigner = "registry-token";

const serviceAccountGroups = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];

/** IPs at which a server is reached besides loopback. */
export interface ServedAddresses {
  readonly api: readonly string[];
  readonly registry: readonly string[];
}

/** Every leaf of an instance. */
export function leafRows(
  config: InstanceConfig,
  addresses: ServedAddresses,
  controllers: readonly string[],
): LeafRow[] {
  const domain = config.clusterDomain;
  const local = ["127.0.0.1", "::1"];
  return [
    {
      folder: "apiserver",
      file: "tls",
      authority: "server-ca",
      wish: {
        commonName: "kube-apiserver",
        server: true,
        dnsNames: [
          "localhost",
          config.nodeName,
          "kubernetes",
          "kubernetes.default",
          "kubernetes.default.svc",
          `kubernetes.default.svc.${domain}`,
        ],
        ipAddresses: [...new Set([...local, ...addresses.api])],
        days: 30,
      },
    },
    {
      folder: "apiserver",
      file: "agent-client",
      authority: "client-ca",
      wish: { commonName: apiserverClientName, client: true, days: 30 },
    },
    {
      folder: "agent",
      file: "node",
      authority: "client-ca",
      wish: { commonName: `system:node:${config.nodeName}`, organizations: ["system:nodes"], client: true, days: 30 },
    },
    {
      folder: "agent",
      file: "network",
      authority: "client-ca",
      wish: { commonName: networkAgentName, organizations: serviceAccountGroups, client: true, days: 30 },
    },
    {
      folder: "agent",
      file: "images",
      authority: "client-ca",
      wish: { commonName: imageScannerUser, organizations: serviceAccountGroups, client: true, days: 30 },
    },
    {
      folder: "currency",
      file: "keeper",
      authority: "client-ca",
      wish: { commonName: currencyKeeperUser, organizations: serviceAccountGroups, client: true, days: 30 },
    },
    {
      folder: "agent",
      file: "tls",
      authority: "server-ca",
      wish: {
        commonName: `system:node:${config.nodeName}`,
        server: true,
        dnsNames: ["localhost", config.nodeName],
        ipAddresses: local,
        days: 30,
      },
    },
    {
      folder: "registry",
      file: "tls",
      authority: "server-ca",
      wish: {
        commonName: "registry",
        server: true,
        dnsNames: ["localhost"],
        ipAddresses: [...local, ...addresses.registry],
        days: 30,
      },
    },
    {
      folder: "apiserver",
      file: registryTokenSigner,
      authority: "registry-token-ca",
      wish: { commonName: "registry-token", days: 30 },
    },
    {
      folder: "admin",
      file: "admin",
      authority: "client-ca",
      wish: { commonName: "kubernetes-admin", organizations: ["system:masters"], client: true, days: 90 },
    },
    ...controllers.map(
      (identity): LeafRow => ({
        folder: "controllers",
        file: identityFile(identity),
        authority: "client-ca",
        wish: {
          commonName: identity,
          organizations: identity.startsWith("system:serviceaccount:") ? serviceAccountGroups : [],
          client: true,
          days: 30,
        },
      }),
    ),
  ];
}

async function readPair(stem: string): Promise<KeyPair | undefined> {
  const [certificate, key] = [await readIfThere(`${stem}.crt`), await readIfThere(`${stem}.key`)];
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

async function writePair(stem: string, pair: KeyPair, reader: number): Promise<void> {
  // The key first: a certificate whose key is not there yet would be taken for whole.
  await writeDurably(`${stem}.key`, pair.key, 0o640, { uid: 0, gid: reader });
  await writeDurably(`${stem}.crt`, pair.certificate, 0o644, { uid: 0, gid: reader });
}

async function authority(folder: string, name: AuthorityName, now: number): Promise<KeyPair> {
  const stem = join(folder, name);
  const there = await readPair(stem);
  if (there !== undefined) return there;
  const made = await makeAuthority(`bulkhead-${name}`, now);
  await writePair(stem, made, 0);
  return made;
}

export interface Authorities {
  readonly server: KeyPair;
  readonly client: KeyPair;
  readonly registryToken: KeyPair;
}

/** The instance's authorities, made at first. Root only. */
export async function authorities(root: string, now: number): Promise<Authorities> {
  const folder = join(instancePaths(root).pki, "ca");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    server: await authority(folder, "server-ca", now),
    client: await authority(folder, "client-ca", now),
    registryToken: await authority(folder, "registry-token-ca", now),
  };
}

/**
 * Makes what is missing and renews what is in its last third; returns the files that changed. Each process may read its
 * folder and nobody else may; only root writes there, so that a stolen process cannot lead root's writes elsewhere. Run again and again: programs look at their files' times.
 */
export async function renewCertificates(
  root: string,
  config: InstanceConfig,
  rows: readonly LeafRow[],
  now: number,
): Promise<string[]> {
  const paths = instancePaths(root);
  await mkdir(paths.pki, { recursive: true, mode: 0o711 });
  const signers = await authorities(root, now);
  const named: Record<AuthorityName, KeyPair> = {
    "server-ca": signers.server,
    "client-ca": signers.client,
    "registry-token-ca": signers.registryToken,
  };
  const owners: Record<LeafRow["folder"], number> = {
    apiserver: config.users.apiserver,
    controllers: config.users.controllers,
    registry: config.users.registry,
    agent: 0,
    currency: 0,
    admin: 0,
  };
  const changed: string[] = [];
  for (const [folder, owner] of Object.entries(owners)) {
    const directory = join(paths.pki, folder);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chown(directory, 0, owner);
    await chmod(directory, 0o750);
    for (const [name, pair] of Object.entries(named)) {
      if (name === "registry-token-ca" && folder !== "registry") continue;
      const file = join(directory, `${name}.crt`);
      if ((await readIfThere(file)) === pair.certificate) continue;
      await writeDurably(file, pair.certificate, 0o644, { uid: 0, gid: owner });
    }
  }
  for (const row of rows) {
    const stem = join(paths.pki, row.folder, row.file);
    const signer = named[row.authority];
    const there = await readPair(stem);
    if (there !== undefined && isFresh(there.certificate, row.wish, signer.certificate, now)) continue;
    await writePair(stem, await issue(signer, row.wish, now), owners[row.folder]);
    changed.push(`${stem}.crt`);
  }
  return changed;
}
