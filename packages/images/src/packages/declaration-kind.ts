import { parseApkInstalled } from "./apk.ts";
import { type Declared, nothingDeclared } from "./declaration.ts";
import { parseDpkgList, parseDpkgStatus, parseDpkgSums } from "./dpkg.ts";
import { type ElfFile, isElf, readElf } from "./elf-file.ts";
import type { FileBody } from "./file-body.ts";
import { parseGoBuildInfo } from "./go-build-info.ts";
import { type GoFunctions, readGoFunctions } from "./go-functions.ts";
import { isJavaArchive, type MavenLimits, parseJavaArchive } from "./maven.ts";
import { parseLockFile, parsePackageJson } from "./npm.ts";
import { parseApkRepositories, parseOsRelease } from "./os-release.ts";
import { PackageError } from "./package-error.ts";
import { parsePythonMetadata, parsePythonRecord } from "./pypi.ts";
import { parseRpmDatabase } from "./rpm.ts";
import { parseGemspec } from "./ruby-gems.ts";
import { parseJavaRelease, parseRuntime } from "./runtimes.ts";
import { parseRustAudit } from "./rust-audit.ts";

/** Files that declare packages, told by their paths. */
export type DeclarationKind =
  | "os-release"
  | "apk-repositories"
  | "dpkg-status"
  | "dpkg-list"
  | "dpkg-sums"
  | "apk"
  | "rpm"
  | "rpm-log"
  | "npm"
  | "lock"
  | "python"
  | "python-record"
  | "gemspec"
  | "java"
  | "java-release";

const rpmHomes = /^(var\/lib\/rpm|usr\/lib\/sysimage\/rpm|usr\/share\/rpm)\//;

/** Which declaration a path is, if any. Called for every entry of every layer: the base name decides first. */
export function declarationKind(path: string): DeclarationKind | undefined {
  const slash = path.lastIndexOf("/");
  const name = slash < 0 ? path : path.slice(slash + 1);
  switch (name) {
    case "os-release":
      return path === "etc/os-release" || path === "usr/lib/os-release" ? "os-release" : undefined;
    case "repositories":
      return path === "etc/apk/repositories" ? "apk-repositories" : undefined;
    case "status":
      return path === "var/lib/dpkg/status" ? "dpkg-status" : undefined;
    case "installed":
      return path === "lib/apk/db/installed" || path === "usr/lib/apk/db/installed" ? "apk" : undefined;
    case "rpmdb.sqlite":
    case "Packages.db":
    case "Packages":
      return rpmHomes.test(path) ? "rpm" : undefined;
    case "rpmdb.sqlite-wal":
      return rpmHomes.test(path) ? "rpm-log" : undefined;
    case "package.json":
      return /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path) ? "npm" : undefined;
    case "package-lock.json":
    case "npm-shrinkwrap.json":
    case "yarn.lock":
    case "pnpm-lock.yaml":
      return path.includes("node_modules/") ? undefined : "lock";
    case "METADATA":
      return path.endsWith(".dist-info/METADATA") ? "python" : undefined;
    case "PKG-INFO":
      return path.endsWith(".egg-info/PKG-INFO") || path.endsWith("EGG-INFO/PKG-INFO") ? "python" : undefined;
    case "RECORD":
      return path.endsWith(".dist-info/RECORD") ? "python-record" : undefined;
    case "installed-files.txt":
      return path.endsWith(".egg-info/installed-files.txt") ? "python-record" : undefined;
    case "release":
      return /(^|\/)[^/]*(java|jdk|jre|jvm|graal|corretto|zulu|temurin)[^/]*\/([^/]+\/)?release$/i.test(path)
        ? "java-release"
        : undefined;
  }
  if (path.startsWith("var/lib/dpkg/")) {
    if (path.startsWith("var/lib/dpkg/info/")) return name.endsWith(".list") ? "dpkg-list" : undefined;
    if (path.startsWith("var/lib/dpkg/status.d/")) return name.endsWith(".md5sums") ? "dpkg-sums" : "dpkg-status";
    return undefined;
  }
  if (name.endsWith(".egg-info") && slash >= 0) return "python";
  if (name.endsWith(".gemspec") && path.includes("/specifications/")) return "gemspec";
  return isJavaArchive(name) ? "java" : undefined;
}

/** Reads a declaration. Throws PackageError, and nothing else, whatever the bytes are. */
export function parseDeclaration(kind: DeclarationKind, path: string, body: FileBody, limits: MavenLimits): Declared {
  switch (kind) {
    case "os-release":
      return parseOsRelease(body);
    case "apk-repositories":
      return parseApkRepositories(body);
    case "dpkg-status":
      return parseDpkgStatus(body);
    case "dpkg-list":
      return parseDpkgList(path, body);
    case "dpkg-sums":
      return parseDpkgSums(path, body);
    case "apk":
      return parseApkInstalled(body);
    case "rpm":
      return parseRpmDatabase(path, body);
    case "rpm-log":
      if (body.size === 0) return nothingDeclared;
      throw new PackageError(
        "unsupported",
        "changes of the rpm database that were not written back to it (its -wal file)",
      );
    case "npm":
      return parsePackageJson(path, body);
    case "lock":
      return parseLockFile(path, body);
    case "python":
      return parsePythonMetadata(body);
    case "python-record":
      return parsePythonRecord(path, body);
    case "gemspec":
      return parseGemspec(path, body);
    case "java":
      return parseJavaArchive(path, body, limits);
    case "java-release":
      return parseJavaRelease(path, body);
  }
}

/** What a program says of itself: Go's build information, Rust's audit list, a runtime. Throws PackageError only. */
export function parseProgram(path: string, body: FileBody): Declared {
  if (!isElf(body.read(0, 4))) return nothingDeclared;
  const elf = readElf(body);
  const go = parseGoBuildInfo(path, body, elf);
  const goFunctions = go === undefined || go.packages.length === 0 ? undefined : functionsOf(body, elf, go.mainPackage);
  const found = [go, parseRustAudit(path, body, elf), parseRuntime(path, body, elf)].filter((d) => d !== undefined);
  const blindSpots = found.flatMap((d) => d.blindSpots ?? []);
  return {
    packages: found.flatMap((d) => d.packages),
    explains: found.flatMap((d) => d.explains ?? []),
    ...(blindSpots.length === 0 ? {} : { blindSpots }),
    ...(goFunctions === undefined ? {} : { goFunctions }),
  };
}

/** What cannot be read here is known to nobody, and nothing is less certain for it than before. */
function functionsOf(body: FileBody, elf: ElfFile, main: string | undefined): GoFunctions | undefined {
  try {
    return readGoFunctions(body, elf, main);
  } catch (error) {
    if (error instanceof PackageError) return undefined;
    throw error;
  }
}
