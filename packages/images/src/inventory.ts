/**
 * What a scan finds in an image, written by the scanner (layers, package databases, SBOMs) and read by the matcher.
 * Plain JSON data: an inventory is kept per image digest and matched again whenever advisories change, without
 * reading the image again. Every string in it comes out of an image and is hostile: bounded by the writer, escaped by
 * whoever prints it.
 */

/** How a package names and orders itself. Operating system packages by format (whose they are says the release). */
export type PackageEcosystem =
  | "dpkg"
  | "apk"
  | "rpm"
  | "npm"
  | "PyPI"
  | "Go"
  | "Maven"
  | "crates.io"
  | "RubyGems"
  | "Packagist"
  | "NuGet"
  | "Hex"
  | "Pub"
  | "runtime"
  | "unknown";

/** One installed package. The same name and version found at several paths of one layer is one package. */
export interface Package {
  readonly ecosystem: PackageEcosystem;
  /**
   * As its ecosystem spells it: the binary package for dpkg, apk and rpm; `group:artifact` for Maven; the module path
   * for Go and `stdlib` for Go's own library; the normalised name (PEP 503) for PyPI; `@scope/name` for npm; for
   * `runtime` one of node, python, java, ruby, php, go, dotnet, erlang, perl.
   */
  readonly name: string;
  /** Whole: with epoch (`1:2.3-4`; rpm's absent epoch stays absent) and revision; Go's with its `v`, stdlib `1.24.1`. */
  readonly version: string;
  /** Package URL that passes the purl specification; one that cannot be made is absent. */
  readonly purl?: string;
  /** dpkg's Source, apk's origin, rpm's SOURCERPM. Absent: it is built from a source of its own name and version. */
  readonly source?: PackageSource;
  readonly architecture?: string;
  /**
   * The distribution release whose advisories hold for it, where that is not the inventory's own distribution (an
   * SBOM of several, a repository of another release). Form of `releaseOf()`.
   */
  readonly release?: string;
  /** rpm's Vendor, dpkg's Maintainer, as written: tells a third party's package from the distribution's. */
  readonly vendor?: string;
  /** True where the scanner knows that no distribution built it (a foreign repository's signature or list entry). */
  readonly thirdParty?: boolean;
  /** rpm's MODULARITYLABEL, `name:stream:version:context`. */
  readonly modularity?: string;
  /** Files in the image which declare it, without leading slash; the first is what a finding shows. */
  readonly paths: readonly string[];
  /** Digest of the layer that last wrote the declaring file (`sha256:…`). */
  readonly layer?: string;
  /** The operating system package that owns the declaring file: then the distribution answers for this one. */
  readonly ownedBy?: string;
  /** A running container has loaded a file of it. Absent proves nothing: code that an interpreter reads is not seen. */
  readonly inUse?: boolean;
}

export interface PackageSource {
  readonly name: string;
  /** Absent: the version of the binary package. */
  readonly version?: string;
}

/** The image's os-release, in the words of os-release(5), lower case where that says so. */
export interface Distribution {
  readonly id: string;
  readonly idLike?: readonly string[];
  /** Absent on a rolling release (Debian testing and sid, Arch, Wolfi). */
  readonly versionId?: string;
  readonly codename?: string;
  readonly prettyName?: string;
  /** Alpine: the release that the image's own repositories file names (`v3.22`, `edge`); it goes before versionId. */
  readonly repositoryRelease?: string;
}

/** Something that the scan could not look into, so that silence is not taken for health. */
export interface BlindSpot {
  /** What could not be read or explained: a closed set, told apart by programs. */
  readonly what:
    | "package-database"
    | "package-declaration"
    | "archive"
    | "layer"
    | "executable"
    | "distribution"
    | "too-large"
    | "limit";
  /** Path in the image, or a layer's digest. */
  readonly where: string;
  /** For people: why, and what it means. */
  readonly why: string;
}

/** How much of what can run the packages explain. */
export interface Coverage {
  /** Executable files: ELF with the executable bit, scripts with `#!` and the bit, jars. */
  readonly executables: number;
  /** Those that a package of the inventory owns or declares. */
  readonly explained: number;
  /** The first few that none explains (at most 20). */
  readonly unexplained?: readonly string[];
}

/** Everything known about an image's software. */
export interface Inventory {
  /** Functions of the Go programs whose modules are among the packages: `goFunctions[path]` (see openGoFunctions). */
  readonly goFunctions?: Readonly<Record<string, string>>;
  /** Absent: no os-release (scratch, distroless static without it); then OS packages match nothing and say so. */
  readonly distribution?: Distribution;
  readonly packages: readonly Package[];
  readonly blindSpots: readonly BlindSpot[];
  readonly coverage: Coverage;
}

/**
 * Whose advisories hold for a distribution's packages: `debian:12`, `debian:sid`, `ubuntu:24.04`, `alpine:v3.22`,
 * `alpine:edge`, `almalinux:9`, `rocky:9`, `rhel:9`, `wolfi`. Undefined where os-release does not say enough.
 */
export function releaseOf(distribution: Distribution): string | undefined {
  const { id, versionId, codename, repositoryRelease } = distribution;
  if (id === "") return undefined;
  const major = versionId?.split(".")[0];
  switch (id) {
    case "wolfi":
    case "chainguard":
    case "arch":
      return id;
    case "alpine":
      return alpineRelease(repositoryRelease, versionId);
    case "debian":
      if (major !== undefined && major !== "") return `debian:${major}`;
      return codename === undefined || codename === "" ? undefined : `debian:${codename}`;
    case "almalinux":
    case "rocky":
    case "rhel":
    case "centos":
    case "ol":
      return major === undefined || major === "" ? undefined : `${id}:${major}`;
    default:
      return versionId === undefined || versionId === "" ? undefined : `${id}:${versionId}`;
  }
}

/** The repositories an image installs from say more than os-release, which an upgrade may not have touched. */
function alpineRelease(repository: string | undefined, versionId: string | undefined): string | undefined {
  if (repository !== undefined && repository !== "") return `alpine:${repository}`;
  if (versionId === undefined) return undefined;
  if (/_alpha|edge/.test(versionId)) return "alpine:edge";
  const match = /^(\d+)\.(\d+)/.exec(versionId);
  return match === null ? undefined : `alpine:v${match[1]}.${match[2]}`;
}
