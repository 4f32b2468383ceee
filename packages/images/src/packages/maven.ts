import type { BlindSpot } from "../inventory.ts";
import type { Declared, FoundPackage } from "./declaration.ts";
import { word } from "./declaration.ts";
import { bodyOf, type FileBody } from "./file-body.ts";
import { PackageError } from "./package-error.ts";
import { readZip, readZipEntry } from "./zip-file.ts";

export interface MavenLimits {
  /** Archives within archives. */
  readonly nesting: number;
  /** Bytes of one nested archive. */
  readonly nestedBytes: number;
}

const archive = /\.(jar|war|ear|par|sar|rar|hpi|jpi|kar)$/i;
export const isJavaArchive = (path: string): boolean => archive.test(path);
const declarationLimit = 1 << 20;
const archivesLimit = 20_000;
const packagesLimit = 50_000;
const blindSpotLimit = 200;

/** `key=value` or `key: value` lines; a manifest's go on after a line break and a blank. */
function properties(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r\n?/g, "\n").replace(/\n /g, "").split("\n")) {
    const match = /^\s*([^#!:=\s][^:=\s]*)\s*[:=]\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1], match[2].trim());
  }
  return fields;
}

/** `spring-core-5.3.1.RELEASE.jar`: everything up to the first dash before a digit is the name. */
function fromFileName(path: string): { readonly name: string; readonly version: string | undefined } {
  const base = path.slice(path.lastIndexOf("/") + 1).replace(archive, "");
  const match = /^(.+?)-(\d[\w.+-]*)$/.exec(base);
  return match?.[1] === undefined ? { name: base, version: undefined } : { name: match[1], version: match[2] };
}

/** What a manifest says of an archive that carries no pom.properties. */
function fromManifest(path: string, fields: ReadonlyMap<string, string>): FoundPackage | undefined {
  const named = fromFileName(path);
  const version =
    named.version ??
    word(fields.get("Implementation-Version") ?? fields.get("Bundle-Version") ?? fields.get("Specification-Version"));
  const symbolic = word(fields.get("Bundle-SymbolicName")?.split(";")[0]);
  const group =
    word(fields.get("Implementation-Vendor-Id")) ??
    (symbolic?.includes(".") === true
      ? symbolic.endsWith(`.${named.name}`)
        ? symbolic.slice(0, -named.name.length - 1)
        : symbolic
      : undefined);
  if (version === undefined || !/\d/.test(version)) return undefined;
  return { ecosystem: "Maven", name: group === undefined ? named.name : `${group}:${named.name}`, version };
}

/** Maven artifacts of a jar, war or ear, and of the archives within it. */
export function parseJavaArchive(path: string, body: FileBody, limits: MavenLimits): Declared {
  const packages: FoundPackage[] = [];
  const blindSpots: BlindSpot[] = [];
  let archives = 0;
  const blind = (where: string, error: unknown): void => {
    if (!(error instanceof PackageError)) throw error;
    if (blindSpots.length < blindSpotLimit)
      blindSpots.push({ what: error.code === "limit" ? "too-large" : "archive", where, why: error.message });
  };

  function look(at: string, content: FileBody, depth: number): void {
    if (++archives > archivesLimit) throw new PackageError("limit", `more than ${archivesLimit} archives within one`);
    const { entries, start } = readZip(content);
    let declared = false;
    let manifest: Map<string, string> | undefined;
    let classes = false;
    const inner: { readonly name: string; readonly entry: (typeof entries)[number] }[] = [];
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith("META-INF/maven/") && name.endsWith("/pom.properties")) {
        try {
          const fields = properties(readZipEntry(content, start, entry, declarationLimit).toString("utf8"));
          const group = word(fields.get("groupId"));
          const artifact = word(fields.get("artifactId"));
          const version = word(fields.get("version"));
          if (group === undefined || artifact === undefined || version === undefined) continue;
          if (packages.length >= packagesLimit) throw new PackageError("limit", `more than ${packagesLimit} artifacts`);
          packages.push({ ecosystem: "Maven", name: `${group}:${artifact}`, version });
          declared = true;
        } catch (error) {
          blind(`${at}!${name}`, error);
        }
      } else if (name === "META-INF/MANIFEST.MF") {
        try {
          manifest = properties(readZipEntry(content, start, entry, declarationLimit).toString("utf8"));
        } catch (error) {
          blind(`${at}!${name}`, error);
        }
      } else if (name.endsWith(".class")) classes = true;
      else if (isJavaArchive(name)) inner.push({ name, entry });
    }
    if (!declared) {
      const found = fromManifest(at, manifest ?? new Map());
      if (found !== undefined) packages.push(found);
      if (classes && !found?.name.includes(":") && blindSpots.length < blindSpotLimit)
        blindSpots.push({
          what: "package-declaration",
          where: at,
          why: "the archive holds classes and names no Maven group: no advisory can be matched",
        });
    }
    for (const { name, entry } of inner)
      try {
        if (depth >= limits.nesting)
          throw new PackageError("limit", `archives within archives deeper than ${limits.nesting}`);
        look(`${at}!${name}`, bodyOf(readZipEntry(content, start, entry, limits.nestedBytes)), depth + 1);
      } catch (error) {
        blind(`${at}!${name}`, error);
      }
  }

  look(path, body, 0);
  return { packages, blindSpots, explains: packages.length > 0 ? [path] : [] };
}
