import { X509Certificate } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { InstancePaths } from "../instance.ts";

/** A certificate below an instance's `pki`. */
export interface InstanceCertificate {
  /** `apiserver/tls`. */
  readonly name: string;
  readonly path: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly key: string;
  readonly authority: boolean;
  /** Of the certificate: the same one lies in several folders. */
  readonly fingerprint: string;
}

/** A key of an instance: never its bytes. */
export interface InstanceKey {
  readonly name: string;
  readonly path: string;
  /** When its file was last written. */
  readonly written: string;
  /** A certificate with it lies beside: then its time is the certificate's. */
  readonly certified: boolean;
}

export interface InstanceCredentials {
  readonly certificates: readonly InstanceCertificate[];
  readonly keys: readonly InstanceKey[];
  /** Folders that could not be read, with the reason. */
  readonly unread: readonly string[];
}

async function filesBelow(folder: string, unread: string[]): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    unread.push(`${folder} (${error.code ?? error.message})`);
    return [];
  });
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path, unread)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/** What a certificate file says; undefined where it holds none. */
export function readCertificate(
  pem: Buffer,
): Pick<InstanceCertificate, "notBefore" | "notAfter" | "key" | "authority" | "fingerprint"> | undefined {
  try {
    const certificate = new X509Certificate(pem);
    const { asymmetricKeyType = "key", asymmetricKeyDetails = {} } = certificate.publicKey;
    const size = asymmetricKeyDetails.namedCurve ?? asymmetricKeyDetails.modulusLength;
    return {
      notBefore: certificate.validFromDate.toISOString(),
      notAfter: certificate.validToDate.toISOString(),
      key: size === undefined ? asymmetricKeyType : `${asymmetricKeyType} ${size}`,
      authority: certificate.ca,
      fingerprint: certificate.fingerprint256,
    };
  } catch {
    return undefined;
  }
}

/** Certificates and keys of an instance with their times. Key files are never opened. */
export async function instanceCredentials(paths: InstancePaths): Promise<InstanceCredentials> {
  const unread: string[] = [];
  const files = await filesBelow(paths.pki, unread);
  const certificates: InstanceCertificate[] = [];
  const keys: InstanceKey[] = [];
  const all = new Set(files);
  const named = (path: string): string => relative(paths.pki, path).replace(/\.(?:crt|key|pem)$/, "");
  for (const path of files) {
    if (path.endsWith(".crt")) {
      const said = await readFile(path).then(readCertificate, () => undefined);
      if (said === undefined) unread.push(path);
      else certificates.push({ name: named(path), path, ...said });
    } else if (path.endsWith(".key")) {
      const { mtime } = await stat(path);
      keys.push({
        name: named(path),
        path,
        written: mtime.toISOString(),
        certified: all.has(path.replace(/\.key$/, ".crt")),
      });
    }
  }
  const master = join(paths.apiserver, "keys", "master.key");
  const there = await stat(master).catch(() => undefined);
  if (there !== undefined)
    keys.push({ name: "master key", path: master, written: there.mtime.toISOString(), certified: false });
  return { certificates, keys, unread };
}
