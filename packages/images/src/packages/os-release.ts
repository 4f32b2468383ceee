import type { Distribution } from "../inventory.ts";
import { type Declared, nothingDeclared, word } from "./declaration.ts";
import { type FileBody, textOf } from "./file-body.ts";

/** os-release(5): shell-like assignments, quotes and backslashes taken off. */
export function parseOsRelease(body: FileBody): Declared {
  const fields = new Map<string, string>();
  for (const line of textOf(body).split("\n")) {
    const match = /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const quoted = /^(["'])(.*)\1$/.exec(match[2]);
    const value = word((quoted?.[2] ?? match[2]).replace(/\\(.)/g, "$1"));
    if (value !== undefined) fields.set(match[1], value);
  }
  const id = fields.get("ID")?.toLowerCase();
  if (id === undefined) return nothingDeclared;
  const idLike = fields.get("ID_LIKE")?.toLowerCase().split(/\s+/);
  const versionId = fields.get("VERSION_ID");
  const codename = fields.get("VERSION_CODENAME");
  const prettyName = fields.get("PRETTY_NAME");
  const distribution: Distribution = {
    id,
    ...(idLike === undefined ? {} : { idLike }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(codename === undefined ? {} : { codename }),
    ...(prettyName === undefined ? {} : { prettyName }),
  };
  return { packages: [], distribution };
}

/** `etc/apk/repositories`: the release in the addresses of Alpine's own repositories (`…/v3.22/main`, `…/edge/main`). */
export function parseApkRepositories(body: FileBody): Declared {
  const releases = textOf(body)
    .split("\n")
    .flatMap((line) => /^(?:@\S+\s+)?\S+?\/(v\d+\.\d+|edge)\/(?:main|community|testing)\/?\s*$/.exec(line)?.[1] ?? []);
  const newest = releases.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }))[0];
  const release = releases.includes("edge") ? "edge" : newest;
  return release === undefined ? nothingDeclared : { packages: [], repositoryRelease: release };
}
