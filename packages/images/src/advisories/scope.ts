import type { PackageEcosystem } from "../inventory.ts";

/** A scope with the order of its versions. */
export interface Scope {
  readonly scope: string;
  readonly ecosystem: PackageEcosystem;
}

const languages: Readonly<Record<string, PackageEcosystem>> = {
  npm: "npm",
  PyPI: "PyPI",
  Go: "Go",
  Maven: "Maven",
  "crates.io": "crates.io",
  RubyGems: "RubyGems",
  Packagist: "Packagist",
  NuGet: "NuGet",
  Hex: "Hex",
  Pub: "Pub",
};

const debianReleases: Readonly<Record<string, string>> = {
  jessie: "8",
  stretch: "9",
  buster: "10",
  bullseye: "11",
  bookworm: "12",
  trixie: "13",
  forky: "14",
  duke: "15",
};

/** `debian:12` for `bookworm`; sid and codenames still to come stay as they are. */
export const debianScope = (codename: string): string =>
  `debian:${Object.hasOwn(debianReleases, codename) ? debianReleases[codename] : codename}`;

/** The scope of an OSV ecosystem with its suffix (`Debian:12`, `Red Hat:enterprise_linux:9::appstream`). */
export function scopeOfOsv(ecosystem: string): Scope | undefined {
  const colon = ecosystem.indexOf(":");
  const name = colon < 0 ? ecosystem : ecosystem.slice(0, colon);
  const release = colon < 0 ? "" : ecosystem.slice(colon + 1);
  if (Object.hasOwn(languages, name)) return { scope: name, ecosystem: languages[name] as PackageEcosystem };
  const dpkg = (scope: string): Scope => ({ scope, ecosystem: "dpkg" });
  const apk = (scope: string): Scope => ({ scope, ecosystem: "apk" });
  const rpm = (scope: string): Scope => ({ scope, ecosystem: "rpm" });
  switch (name) {
    case "Debian":
      return release === "" ? undefined : dpkg(debianScope(release));
    case "Ubuntu": {
      // Fixes that only subscribers get are another scope than those that everyone gets.
      const pro = /^Pro:(.*)$/.exec(release);
      const version = /(?:^|:)(\d+\.\d+)/.exec(release)?.[1];
      return version === undefined ? undefined : dpkg(`${pro === null ? "ubuntu" : "ubuntu-pro"}:${version}`);
    }
    case "Alpine":
      return apk(`alpine:${release}`);
    case "Wolfi":
    case "Chainguard":
    case "MinimOS":
      return apk(name.toLowerCase());
    case "Alpaquita":
      return apk(`alpaquita:${release}`);
    case "AlmaLinux":
      return rpm(`almalinux:${release}`);
    case "Rocky Linux":
      return rpm(`rocky:${release}`);
    case "Red Hat": {
      const version = /^enterprise_linux:(\d+)/.exec(release)?.[1];
      return version === undefined ? undefined : rpm(`rhel:${version}`);
    }
    case "openSUSE":
      return rpm(
        release.startsWith("Leap ") ? `opensuse-leap:${release.slice(5)}` : `opensuse-${release.toLowerCase()}`,
      );
    case "SUSE": {
      const server = /^Linux Enterprise (?:Server|Module for Basesystem) (\d+)(?: SP(\d+))?$/.exec(release);
      return server === null ? undefined : rpm(`sles:${server[1]}${server[2] === undefined ? "" : `.${server[2]}`}`);
    }
    case "openEuler":
      return rpm(`openEuler:${release.replace(/-LTS.*$/, "")}`);
    case "Mageia":
      return rpm(`mageia:${release}`);
    case "Photon OS":
      return rpm(`photon:${release}`);
    case "Azure Linux":
      return rpm(`azurelinux:${release.includes(".") ? release : `${release}.0`}`);
    default:
      return undefined;
  }
}

/** The scope in which an image's OS packages are looked up; CentOS rebuilt Red Hat's packages under their versions. */
export function scopeOfRelease(release: string): string {
  const colon = release.indexOf(":");
  const name = colon < 0 ? release : release.slice(0, colon);
  const version = release.slice(colon + 1);
  if (name === "debian") return debianScope(version);
  return name === "centos" ? `rhel:${version}` : release;
}

/** A package's name as its scope's advisories are filed under. */
export function packageKey(ecosystem: PackageEcosystem, name: string): string {
  switch (ecosystem) {
    case "PyPI":
      return name.toLowerCase().replace(/[-_.]+/g, "-");
    case "NuGet":
    case "Packagist":
      return name.toLowerCase();
    default:
      return name;
  }
}
