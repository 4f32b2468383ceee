import type { Distribution } from "../inventory.ts";
import type { FoundPackage } from "./declaration.ts";

/** Percent-encoding of the purl specification: everything but letters, digits and `.-_~:`. */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%3A/g, ":");

interface Parts {
  readonly type: string;
  readonly namespace?: string;
  readonly name: string;
  readonly version?: string | undefined;
  readonly qualifiers?: Readonly<Record<string, string | undefined>>;
}

/** A canonical package URL. Undefined where there is no name. */
export function packageUrl({ type, namespace, name, version, qualifiers }: Parts): string | undefined {
  if (name === "") return undefined;
  const space = (namespace ?? "")
    .split("/")
    .filter((p) => p !== "")
    .map(encode)
    .join("/");
  const query = Object.entries(qualifiers ?? {})
    .filter((q): q is [string, string] => q[1] !== undefined && q[1] !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`)
    .join("&");
  return `pkg:${type}/${space === "" ? "" : `${space}/`}${encode(name)}${version === undefined || version === "" ? "" : `@${encode(version)}`}${query === "" ? "" : `?${query}`}`;
}

/** The purl of a package found in an image of the given distribution. */
export function purlOf(found: FoundPackage, distribution: Distribution | undefined): string | undefined {
  const { name, version } = found;
  switch (found.ecosystem) {
    case "dpkg":
    case "apk":
    case "rpm": {
      const id =
        distribution?.id ?? (found.ecosystem === "apk" ? "alpine" : found.ecosystem === "dpkg" ? "debian" : "");
      const release = distribution?.versionId ?? distribution?.codename;
      const epoch = found.ecosystem === "rpm" ? /^(\d+):/.exec(version)?.[1] : undefined;
      return packageUrl({
        type: found.ecosystem === "dpkg" ? "deb" : found.ecosystem,
        namespace: id.toLowerCase(),
        // Names of deb and apk are lower case by their specification.
        name: found.ecosystem === "rpm" ? name : name.toLowerCase(),
        version: epoch === undefined ? version : version.slice(epoch.length + 1),
        qualifiers: {
          arch: found.architecture,
          epoch,
          ...(distribution === undefined || release === undefined ? {} : { distro: `${id}-${release}` }),
          ...(found.source === undefined || found.ecosystem === "apk"
            ? {}
            : {
                upstream: `${found.source.name}${found.source.version === undefined ? "" : `@${found.source.version}`}`,
              }),
        },
      });
    }
    case "npm": {
      const slash = name.startsWith("@") ? name.indexOf("/") : -1;
      return packageUrl({
        type: "npm",
        ...(slash < 0 ? {} : { namespace: name.slice(0, slash).toLowerCase() }),
        name: (slash < 0 ? name : name.slice(slash + 1)).toLowerCase(),
        version,
      });
    }
    case "PyPI":
      return packageUrl({ type: "pypi", name: name.toLowerCase().replace(/_/g, "-"), version });
    case "Go": {
      const at = name.lastIndexOf("/");
      return packageUrl({
        type: "golang",
        ...(at < 0 ? {} : { namespace: name.slice(0, at).toLowerCase() }),
        name: name.slice(at + 1).toLowerCase(),
        version,
      });
    }
    case "Maven": {
      const colon = name.indexOf(":");
      if (colon < 1) return undefined;
      return packageUrl({ type: "maven", namespace: name.slice(0, colon), name: name.slice(colon + 1), version });
    }
    case "crates.io":
      return packageUrl({ type: "cargo", name, version });
    case "RubyGems":
      return packageUrl({ type: "gem", name, version });
    case "Packagist": {
      const slash = name.indexOf("/");
      return slash < 0
        ? undefined
        : packageUrl({
            type: "composer",
            namespace: name.slice(0, slash).toLowerCase(),
            name: name.slice(slash + 1).toLowerCase(),
            version,
          });
    }
    case "NuGet":
      return packageUrl({ type: "nuget", name, version });
    case "Hex":
      return packageUrl({ type: "hex", name: name.toLowerCase(), version });
    case "Pub":
      return packageUrl({ type: "pub", name: name.toLowerCase(), version });
    case "runtime":
      return packageUrl({ type: "generic", name, version });
    case "unknown":
      return undefined;
  }
}
