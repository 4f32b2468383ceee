import type { PackageSource } from "../inventory.ts";
import { type Declared, type FoundPackage, nothingDeclared, word } from "./declaration.ts";
import { type FileBody, textOf, wholeOf } from "./file-body.ts";

/** Fields of one stanza of a Debian control file, folded lines left out: none that we use is folded. */
function stanza(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0 || line.startsWith(" ") || line.startsWith("\t")) continue;
    fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}

function sourceOf(field: string | undefined): PackageSource | undefined {
  const match = /^(\S+)(?:\s+\(([^)]+)\))?/.exec(field ?? "");
  const name = word(match?.[1]);
  if (name === undefined) return undefined;
  const version = word(match?.[2]);
  return version === undefined ? { name } : { name, version };
}

/** States in which a package's files are on the disk (dpkg(1)). */
const present = new Set([
  "installed",
  "unpacked",
  "half-configured",
  "half-installed",
  "triggers-awaited",
  "triggers-pending",
]);

/**
 * A status file, or one of status.d (which has no Status field). A package that was removed and left its configuration
 * is not there.
 */
export function parseDpkgStatus(body: FileBody): Declared {
  const packages: FoundPackage[] = [];
  for (const part of textOf(body).split(/\r?\n[ \t]*\r?\n/)) {
    const fields = stanza(part);
    const name = word(fields.get("package"));
    const version = word(fields.get("version"));
    if (name === undefined || version === undefined) continue;
    const state = fields.get("status")?.split(/\s+/)[2];
    if (state !== undefined && !present.has(state)) continue;
    const source = sourceOf(fields.get("source"));
    const architecture = word(fields.get("architecture"));
    const vendor = word(fields.get("maintainer"));
    packages.push({
      ecosystem: "dpkg",
      name,
      version,
      ...(source === undefined ? {} : { source }),
      ...(architecture === undefined ? {} : { architecture }),
      ...(vendor === undefined ? {} : { vendor }),
    });
  }
  // The packages' own scripts lie beside the database, on no list.
  return { packages, explains: ["var/lib/dpkg/info/"] };
}

/** `info/PACKAGE[:ARCH].list`: the paths a package put there. */
export function parseDpkgList(path: string, body: FileBody): Declared {
  const owner = path.slice(path.lastIndexOf("/") + 1).replace(/(:[a-z0-9-]+)?\.list$/, "");
  return owner === "" ? nothingDeclared : { packages: [], owned: [{ owner, files: wholeOf(body) }] };
}

/** `status.d/PACKAGE.md5sums` of images without dpkg: checksum, two blanks, path. */
export function parseDpkgSums(path: string, body: FileBody): Declared {
  const owner = path.slice(path.lastIndexOf("/") + 1).replace(/\.md5sums$/, "");
  const files = textOf(body)
    .split("\n")
    .map((line) => line.replace(/^[0-9a-f]{32}\s+\*?/, ""));
  return owner === "" ? nothingDeclared : { packages: [], owned: [{ owner, files }] };
}
