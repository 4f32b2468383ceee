import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import type { SourceKind } from "./source-state.ts";

const looked = 64 * 1024;

/** What a file of advisories is, by what it holds, and where it was served; undefined: none that we know. */
export async function recogniseFile(path: string, servedAs: string = path): Promise<SourceKind | undefined> {
  const file = await open(path, "r");
  let head: Buffer;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(looked), 0, looked, 0);
    head = buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
  if (head[0] === 0x50 && head[1] === 0x4b) return "osv";
  if (head[0] === 0x1f && head[1] === 0x8b) head = await inflated(head);
  return recogniseText(head.toString("latin1"), servedAs);
}

/**
 * The codename of the security suite that an index is of, by its path on a mirror (`…/dists/bookworm-security/…`) or in
 * apt's lists (`…_dists_bookworm-security_…`). An ordinary suite's index tells no fixes.
 */
export const securitySuite = (path: string): string | undefined =>
  /dists[/_]([a-z]+)-security[/_].*Packages/.exec(path)?.[1];

/** What a document is by its beginning; an index of packages by its path too. */
export function recogniseText(head: string, path: string): SourceKind | undefined {
  if (/^(?:#model_version:|cve,epss,)/.test(head)) return "epss";
  if (/^Package: \S+\r?\n/.test(head)) return securitySuite(path) === undefined ? undefined : "debian-suite";
  if (!/^\s*\{/.test(head)) return undefined;
  if (head.includes('"catalogVersion"') && head.includes('"cveID"')) return "kev";
  if (head.includes('"csaf_version"')) return "redhat-vex";
  if (head.includes('"reponame"') || head.includes('"secfixes"')) return "alpine-secdb";
  if (head.includes('"eolFrom"') || head.includes('"eoasFrom"')) return "endoflife";
  if (/"schema_version"|"affected"/.test(head) && head.includes('"id"')) return "osv";
  if (head.includes('"releases"') && head.includes('"repositories"')) return "debian-tracker";
  return undefined;
}

/** The beginning of what a gzip's beginning unpacks to. */
const inflated = (bytes: Buffer): Promise<Buffer> =>
  new Promise((resolve) => {
    const gunzip = createGunzip();
    const parts: Buffer[] = [];
    let size = 0;
    const done = (): void => resolve(Buffer.concat(parts));
    gunzip.on("data", (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size >= looked) gunzip.destroy();
    });
    gunzip.on("end", done);
    gunzip.on("close", done);
    gunzip.on("error", done);
    gunzip.end(bytes);
  });
