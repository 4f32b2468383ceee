import { createReadStream } from "node:fs";
import { CompressionError } from "../compression/compression-error.ts";
import { unpacked } from "../compression/unpack.ts";
import type { SourceKind } from "./source-state.ts";

const looked = 64 * 1024;

/** What a file of advisories is, by what it holds, and where it was served; undefined: none that we know. */
export async function recogniseFile(path: string, servedAs: string = path): Promise<SourceKind | undefined> {
  const file = createReadStream(path, { highWaterMark: looked });
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of unpacked(file, { bytes: Number.POSITIVE_INFINITY, dictionary: 2 ** 26 })) {
      parts.push(Buffer.from(part));
      size += part.length;
      if (size >= looked) break;
    }
  } catch (error) {
    // What cannot be unpacked is none of ours to read.
    if (!(error instanceof CompressionError)) throw error;
  } finally {
    file.destroy();
  }
  const head = Buffer.concat(parts);
  if (head[0] === 0x50 && head[1] === 0x4b) return "osv";
  // A tar's first document tells what all of it is.
  if (head.toString("latin1", 257, 262) === "ustar") return head.includes('"csaf_version"') ? "redhat-vex" : undefined;
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
