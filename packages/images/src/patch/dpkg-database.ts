import type { BaseTree } from "./base-tree.ts";
import type { Choosable } from "./choose-packages.ts";
import { parseRelations } from "./debian-relations.ts";
import { fieldOf, parseStanza, type Stanza, stanzasOf } from "./debian-stanza.ts";
import { PatchError } from "./patch-error.ts";

/** A package that the base image's database names as installed. */
export interface DpkgPackage extends Choosable {
  readonly stanza: Stanza;
  /** `install ok installed`; absent in images without dpkg. */
  readonly status?: string;
  /** The file that declares it. */
  readonly file: string;
}

/** A base image's package database: dpkg's own, or a file a package as images without dpkg have it. */
export interface DpkgDatabase {
  readonly form: "status" | "status.d";
  readonly packages: readonly DpkgPackage[];
  /** Every stanza of the status file, those of packages that are not installed too. */
  readonly texts: readonly string[];
}

export const statusFile = "var/lib/dpkg/status";
export const statusFolder = "var/lib/dpkg/status.d";
export const infoFolder = "var/lib/dpkg/info";

/** Name and version of the source that a stanza was built from; a rebuild's `+bN` is none of the source's. */
export function sourceOf(stanza: Stanza): { readonly name: string; readonly version: string } {
  const version = fieldOf(stanza, "version") ?? "";
  const [, name, other] = /^(\S+)(?:\s+\(([^)]+)\))?/.exec(fieldOf(stanza, "source") ?? "") ?? [];
  return { name: name ?? fieldOf(stanza, "package") ?? "", version: other ?? version.replace(/\+b\d+$/, "") };
}

/** What a stanza asks of other packages, and gives them. */
export function relationsOf(stanza: Stanza): Pick<Choosable, "provides" | "needs" | "against"> {
  const before = parseRelations(fieldOf(stanza, "pre-depends"));
  const needs = parseRelations(fieldOf(stanza, "depends"));
  const breaks = parseRelations(fieldOf(stanza, "breaks"));
  const conflicts = parseRelations(fieldOf(stanza, "conflicts"));
  return {
    provides: (parseRelations(fieldOf(stanza, "provides")) ?? []).flat(),
    needs: before === undefined || needs === undefined ? undefined : [...before, ...needs],
    against: breaks === undefined || conflicts === undefined ? undefined : [...breaks.flat(), ...conflicts.flat()],
  };
}

function packageOf(text: string, file: string): DpkgPackage | undefined {
  const stanza = parseStanza(text, file);
  const name = fieldOf(stanza, "package");
  const version = fieldOf(stanza, "version");
  const status = fieldOf(stanza, "status");
  if (name === undefined || version === undefined) return undefined;
  if (status !== undefined && !status.endsWith(" installed")) return undefined;
  return {
    name,
    version,
    architecture: fieldOf(stanza, "architecture") ?? "",
    source: sourceOf(stanza),
    stanza,
    ...relationsOf(stanza),
    ...(status === undefined ? {} : { status }),
    ...(status?.startsWith("hold ") === true ? { kept: "it is on hold in the image" } : {}),
    file,
  };
}

/** Reads it. Throws PatchError where it is not there, or is half of both. */
export function readDpkgDatabase(tree: BaseTree, what: string): DpkgDatabase {
  const status = tree.content(statusFile)?.toString("utf8") ?? "";
  const texts = stanzasOf(status);
  const single = tree.list(statusFolder).filter((name) => !name.endsWith(".md5sums"));
  if (texts.length > 0 && single.length > 0)
    throw new PatchError("unsupported", `${what}: it has both a dpkg status file and status.d`);
  const packages =
    texts.length > 0
      ? texts.flatMap((text) => packageOf(text, statusFile) ?? [])
      : single.flatMap((name) => {
          const file = `${statusFolder}/${name}`;
          const [text] = stanzasOf(tree.content(file)?.toString("utf8") ?? "");
          return text === undefined ? [] : (packageOf(text, file) ?? []);
        });
  if (packages.length === 0) throw new PatchError("unsupported", `${what}: no dpkg database in it`);
  return { form: texts.length > 0 ? "status" : "status.d", packages, texts };
}

/** What may be read of the base image to patch its Debian packages. */
export const dpkgKeeps = (path: string): boolean =>
  path.startsWith("var/lib/dpkg/") || path.startsWith("etc/") || path === "usr/lib/os-release";
