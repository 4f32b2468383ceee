import { packageKey, scopeOfRelease } from "../advisories/scope.ts";
import type { Distribution, Package, PackageEcosystem } from "../inventory.ts";
import { releaseOf } from "../inventory.ts";

/** Where a package's advisories are filed. */
export interface PackageQuery {
  readonly scope: string;
  readonly ecosystem: PackageEcosystem;
  readonly name: string;
  readonly version: string;
  /** Looked up through the source package of another name: rpm's rule for epochs is another then. */
  readonly throughSource: boolean;
}

export type PackagePlace =
  | { readonly place: "queries"; readonly scope: string; readonly queries: readonly PackageQuery[] }
  /** An OS package owns it: the distribution's advisories speak for it. */
  | { readonly place: "owned" }
  | { readonly place: "third-party" }
  | { readonly place: "kernel-headers" }
  /** A runtime: support dates only. */
  | { readonly place: "runtime" }
  | { readonly place: "unknown"; readonly scope: string };

const osEcosystems: ReadonlySet<PackageEcosystem> = new Set(["dpkg", "rpm", "apk"]);

const isOsPackage = (ecosystem: PackageEcosystem): boolean => osEcosystems.has(ecosystem);

/** Which advisories hold for a package. The rules and why: docs of each distribution's security team. */
export function placeOf(about: Package, distribution: Distribution | undefined): PackagePlace {
  const { ecosystem } = about;
  if (ecosystem === "runtime") return about.ownedBy === undefined ? { place: "runtime" } : { place: "owned" };
  if (!isOsPackage(ecosystem)) {
    if (about.ownedBy !== undefined) return { place: "owned" };
    if (ecosystem === "unknown") return { place: "unknown", scope: ecosystem };
    const name = packageKey(ecosystem, about.name);
    return {
      place: "queries",
      scope: ecosystem,
      queries: [{ scope: ecosystem, ecosystem, name, version: about.version, throughSource: false }],
    };
  }
  if (isKernelHeaders(about)) return { place: "kernel-headers" };
  const release = about.release ?? (distribution === undefined ? undefined : releaseOf(distribution));
  if (release === undefined) return { place: "unknown", scope: ecosystem };
  const scope = scopeOfRelease(release);
  if (isThirdParty(about, scope)) return { place: "third-party" };
  return { place: "queries", scope, queries: osQueries(about, scope) };
}

const kernelSource = /^(?:linux(?:-[\w.+]+)*|kernel(?:-\w+)?)$/;
const headerPackage =
  /^(?:linux-libc-dev(?:-\w+)*|linux-(?:\w+-)*headers(?:-.*)?|linux-(?:doc|kbuild)(?:-.*)?|kernel-(?:\w+-)*headers|kernel-doc)$/;

/** Headers and documents built from the kernel's source, which carry every flaw of the kernel and none of its code. */
const isKernelHeaders = ({ name, source }: Package): boolean =>
  headerPackage.test(name) && kernelSource.test(source?.name ?? name);

/** Scopes whose errata name every binary package: a look through the source would only find their namesakes. */
const perBinary = /^(?:almalinux|rhel):/;

function osQueries({ ecosystem, name, version, source }: Package, scope: string): PackageQuery[] {
  const query = (of: string, at: string, throughSource: boolean): PackageQuery => ({
    scope,
    ecosystem,
    name: of,
    version: at,
    throughSource,
  });
  const sourceName = source?.name ?? name;
  if (ecosystem === "dpkg")
    // A binary rebuilt without a change of its source has `+bN` more than what the advisory names.
    return [query(sourceName, source?.version ?? version.replace(/\+b\d+$/, ""), sourceName !== name)];
  if (ecosystem === "apk") return [query(sourceName, source?.version ?? version, sourceName !== name)];
  const direct = query(name, version, false);
  return sourceName === name || perBinary.test(scope)
    ? [direct]
    : [direct, query(sourceName, source?.version ?? version, true)];
}

/** What rpm's Vendor says in packages that a distribution built. */
const vendors: Readonly<Record<string, RegExp>> = {
  almalinux: /^AlmaLinux/,
  rocky: /^Rocky/,
  rhel: /^(?:Red Hat|CentOS)/,
  fedora: /^Fedora/,
  ol: /^Oracle/,
  amzn: /^Amazon/,
  sles: /^(?:SUSE|openSUSE)/,
  "opensuse-leap": /^(?:SUSE|openSUSE)/,
  "opensuse-tumbleweed": /^(?:SUSE|openSUSE)/,
  photon: /^(?:VMware|Broadcom)/,
  azurelinux: /^Microsoft/,
  mageia: /^Mageia/,
};

function isThirdParty({ ecosystem, vendor, thirdParty }: Package, scope: string): boolean {
  if (thirdParty !== undefined) return thirdParty;
  if (ecosystem !== "rpm" || vendor === undefined || vendor === "") return false;
  const id = scope.slice(0, scope.indexOf(":"));
  const known = Object.hasOwn(vendors, id) ? vendors[id] : undefined;
  return known !== undefined && !known.test(vendor);
}
