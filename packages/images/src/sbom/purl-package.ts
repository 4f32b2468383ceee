import type { Package, PackageEcosystem } from "../inventory.ts";
import { parsePurl } from "../matching/purl.ts";

const ecosystems: Readonly<Record<string, PackageEcosystem>> = {
  deb: "dpkg",
  apk: "apk",
  rpm: "rpm",
  npm: "npm",
  pypi: "PyPI",
  golang: "Go",
  maven: "Maven",
  cargo: "crates.io",
  gem: "RubyGems",
  composer: "Packagist",
  nuget: "NuGet",
  hex: "Hex",
  pub: "Pub",
};

/** What a purl says of a package; `distro` is its distribution's qualifier. Undefined: no purl, or one without a version. */
export function packageOfPurl(
  purl: string,
): { readonly found: Omit<Package, "paths">; readonly distro?: string; readonly namespace: string } | undefined {
  const parsed = parsePurl(purl);
  if (parsed?.version === undefined) return undefined;
  const { type, namespace, name, version, qualifiers } = parsed;
  const ecosystem = ecosystems[type] ?? (type === "generic" && runtimes.has(name) ? "runtime" : "unknown");
  const epoch = qualifiers.get("epoch");
  const architecture = qualifiers.get("arch");
  // syft: `upstream=NAME@VERSION`, or a source rpm's file name.
  const upstream = qualifiers.get("upstream");
  const sourceRpm = /^(.+)-([^-]+-[^-]+)\.src\.rpm$/.exec(upstream ?? "");
  const [sourceName = "", sourceVersion] =
    sourceRpm === null ? (upstream ?? "").split("@") : [sourceRpm[1] ?? "", sourceRpm[2]];
  const distro = qualifiers.get("distro");
  return {
    namespace,
    ...(distro === undefined ? {} : { distro }),
    found: {
      ecosystem,
      name: fullName(ecosystem, namespace, name),
      version: ecosystem === "rpm" && epoch !== undefined ? `${epoch}:${version}` : version,
      purl,
      ...(architecture === undefined ? {} : { architecture }),
      ...(sourceName === ""
        ? {}
        : {
            source: sourceVersion === undefined ? { name: sourceName } : { name: sourceName, version: sourceVersion },
          }),
    },
  };
}

const runtimes = new Set(["node", "python", "java", "ruby", "php", "go", "dotnet", "erlang", "perl"]);

function fullName(ecosystem: PackageEcosystem, namespace: string, name: string): string {
  if (namespace === "") return name;
  switch (ecosystem) {
    case "Maven":
      return `${namespace}:${name}`;
    case "npm":
    case "Go":
    case "Packagist":
      return `${namespace}/${name}`;
    default:
      return name;
  }
}
