import type { BlindSpot, Distribution, Inventory, Package, PackageEcosystem } from "../inventory.ts";
import { word } from "../packages/declaration.ts";
import { packageOfPurl } from "./purl-package.ts";
import { SbomError } from "./sbom-error.ts";

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): Fields[] => (Array.isArray(value) ? (value as unknown[]).map(fields) : []);
/** A list of what the document is about: where it has another form, it is not taken for one of nothing. */
function entries(value: unknown, where: string): readonly Fields[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new SbomError("malformed", `${where} is no list`);
  return (value as unknown[]).map((entry, at) => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      throw new SbomError("malformed", `${where}[${at}] is no object`);
    return entry as Fields;
  });
}
const text = (value: unknown): string | undefined => (typeof value === "string" ? word(value) : undefined);
const packagesLimit = 500_000;

/** An inventory out of someone's SBOM. */
export interface SbomReading {
  readonly inventory: Inventory;
  readonly format: "CycloneDX" | "SPDX";
  readonly version: string;
  /** What it is of, as it says. */
  readonly name: string;
  /** The image's digest, where it names one. */
  readonly digest?: string;
}

/**
 * Reads CycloneDX (1.2 to 1.6, JSON) or SPDX (2.2, 2.3, JSON). Components without a purl that names a version cannot be
 * matched and are blind spots. Throws SbomError.
 */
export function readSbom(bytes: string): SbomReading {
  let whole: unknown;
  try {
    whole = JSON.parse(bytes);
  } catch (error) {
    throw new SbomError("malformed", "the SBOM is no JSON", error);
  }
  const document = fields(whole);
  if (document["bomFormat"] === "CycloneDX") return readCycloneDx(document);
  const spdxVersion = text(document["spdxVersion"]);
  if (spdxVersion !== undefined) return readSpdx(document, spdxVersion);
  throw new SbomError("unsupported", "neither CycloneDX nor SPDX (2.2, 2.3) in JSON");
}

interface Gathered {
  readonly packages: Package[];
  readonly blindSpots: BlindSpot[];
  readonly distros: Map<string, number>;
}

const gather = (): Gathered => ({ packages: [], blindSpots: [], distros: new Map() });

const digestIn = (version: string | undefined): { readonly digest?: string } =>
  version !== undefined && /^sha256:[0-9a-f]{64}$/.test(version) ? { digest: version } : {};

function add(
  into: Gathered,
  purl: string | undefined,
  label: string,
  own: Partial<Package>,
  paths: readonly string[],
): void {
  if (into.packages.length >= packagesLimit) throw new SbomError("limit", `more than ${packagesLimit} packages`);
  const parsed = purl === undefined ? undefined : packageOfPurl(purl);
  if (parsed === undefined) {
    if (own.ecosystem !== undefined && own.name !== undefined && own.version !== undefined) {
      const { ecosystem, name, version } = own;
      into.packages.push({ ...own, ecosystem, name, version, paths });
    } else
      into.blindSpots.push({
        what: "package-declaration",
        where: label,
        why: "the SBOM names no purl with a version for it",
      });
    return;
  }
  if (parsed.distro !== undefined) into.distros.set(parsed.distro, (into.distros.get(parsed.distro) ?? 0) + 1);
  into.packages.push({ ...parsed.found, ...own, paths });
}

const ecosystems: ReadonlySet<string> = new Set<PackageEcosystem>([
  "dpkg",
  "apk",
  "rpm",
  "npm",
  "PyPI",
  "Go",
  "Maven",
  "crates.io",
  "RubyGems",
  "Packagist",
  "NuGet",
  "Hex",
  "Pub",
  "runtime",
]);
const isEcosystem = (value: string | undefined): value is PackageEcosystem =>
  value !== undefined && ecosystems.has(value);

function ownFields(
  said: ReadonlyMap<string, string>,
  name: string | undefined,
  version: string | undefined,
): Partial<Package> {
  const ecosystem = said.get("ecosystem");
  const source = said.get("source:name");
  const sourceVersion = said.get("source:version");
  const get = (key: "layer" | "ownedBy" | "architecture" | "modularity"): Partial<Package> => {
    const value = said.get(key);
    return value === undefined ? {} : { [key]: value };
  };
  return {
    ...(isEcosystem(ecosystem) && name !== undefined && version !== undefined ? { ecosystem, name, version } : {}),
    ...get("layer"),
    ...get("ownedBy"),
    ...get("architecture"),
    ...get("modularity"),
    ...(said.get("thirdParty") === "true" ? { thirdParty: true } : {}),
    ...(source === undefined
      ? {}
      : { source: sourceVersion === undefined ? { name: source } : { name: source, version: sourceVersion } }),
  };
}

/** What a component that is an operating system says of itself; `said` reads our own properties of it. */
function distributionOf(
  name: string,
  release: string | undefined,
  said: (what: "codename" | "repositoryRelease") => string | undefined,
): Distribution {
  const [codename, repositoryRelease] = [said("codename"), said("repositoryRelease")];
  return {
    id: name.toLowerCase(),
    ...(release === undefined ? {} : { versionId: release }),
    ...(codename === undefined ? {} : { codename }),
    ...(repositoryRelease === undefined ? {} : { repositoryRelease }),
  };
}

/** Kinds of components that are no packages and need no purl. */
const withoutPurl: ReadonlySet<string> = new Set([
  "container",
  "cryptographic-asset",
  "data",
  "device",
  "device-driver",
  "file",
  "firmware",
  "machine-learning-model",
]);

function readCycloneDx(document: Fields): SbomReading {
  const version = text(document["specVersion"]) ?? "";
  if (!/^1\.[2-9]$/.test(version)) throw new SbomError("unsupported", `CycloneDX ${version || "of no version"}`);
  const gathered = gather();
  let distribution: Distribution | undefined;
  const properties = (component: Fields): Map<string, string> =>
    new Map(
      list(component["properties"]).flatMap(({ name, value }) =>
        typeof name === "string" && typeof value === "string"
          ? [[name.replace(/^bulkhead:/, ""), word(value) ?? ""] as const]
          : [],
      ),
    );
  // Components may hold components; a queue, since a hostile document nests as deep as it likes.
  const queue = [...entries(document["components"], "components")];
  for (const component of queue) {
    for (const inner of entries(component["components"], "components of a component")) queue.push(inner);
    const said = properties(component);
    const name = text(component["name"]);
    const group = text(component["group"]);
    const release = text(component["version"]);
    const type = component["type"];
    if (type === "operating-system" && name !== undefined) {
      distribution = distributionOf(name, release, (what) => said.get(`distribution:${what}`));
      continue;
    }
    const purl = text(component["purl"]);
    if (purl === undefined && typeof type === "string" && withoutPurl.has(type)) continue;
    const ecosystem = said.get("ecosystem");
    const whole =
      group === undefined || name === undefined
        ? name
        : ecosystem === "Maven"
          ? `${group}:${name}`
          : `${group}/${name}`;
    const own = ownFields(said, whole, release);
    const vendor = isEcosystem(ecosystem) ? text(component["publisher"]) : undefined;
    const paths = list(fields(component["evidence"])["occurrences"]).flatMap(
      ({ location }) => text(location)?.replace(/^\/+/, "") ?? [],
    );
    add(
      gathered,
      purl,
      `${whole ?? "?"} ${release ?? ""}`.trim(),
      { ...own, ...(vendor === undefined ? {} : { vendor }) },
      paths,
    );
  }
  const subject = fields(fields(document["metadata"])["component"]);
  return {
    inventory: inventoryOf(gathered, distribution),
    format: "CycloneDX",
    version,
    name: text(subject["name"]) ?? "SBOM",
    ...digestIn(text(subject["version"])),
  };
}

function readSpdx(document: Fields, spdxVersion: string): SbomReading {
  if (spdxVersion !== "SPDX-2.3" && spdxVersion !== "SPDX-2.2") throw new SbomError("unsupported", spdxVersion);
  const gathered = gather();
  let distribution: Distribution | undefined;
  let digest: { readonly digest?: string } = {};
  const lines = (item: Fields): Map<string, string> =>
    new Map(
      (typeof item["comment"] === "string" ? item["comment"] : "").split("\n").flatMap((line) => {
        const match = /^(\w+): (.+)$/.exec(line);
        return match?.[1] === undefined || match[2] === undefined ? [] : [[match[1], word(match[2]) ?? ""] as const];
      }),
    );
  for (const item of entries(document["packages"], "packages")) {
    const name = text(item["name"]);
    const release = text(item["versionInfo"]);
    const said = lines(item);
    const purl = list(item["externalRefs"]).find((r) => r["referenceType"] === "purl")?.["referenceLocator"];
    const purpose = item["primaryPackagePurpose"];
    if (purpose === "OPERATING-SYSTEM" && name !== undefined) {
      distribution = distributionOf(name, release, (what) => said.get(what));
      continue;
    }
    if (purpose === "CONTAINER" || (typeof purl === "string" && purl.startsWith("pkg:oci/"))) {
      digest = digestIn(release);
      continue;
    }
    const [source, sourceVersion] = said.get("source")?.split(" ") ?? [];
    const known = new Map([...said].filter(([key]) => key !== "source"));
    if (source !== undefined) known.set("source:name", source);
    if (sourceVersion !== undefined) known.set("source:version", sourceVersion);
    const vendor = said.has("ecosystem") ? text(item["supplier"])?.replace(/^(Organization|Person): /, "") : undefined;
    const found =
      typeof item["sourceInfo"] === "string" && said.has("ecosystem")
        ? /^found in (.+)$/.exec(item["sourceInfo"])?.[1]
        : undefined;
    const paths = found?.split(", ").flatMap((p) => word(p)?.replace(/^\/+/, "") ?? []) ?? [];
    add(
      gathered,
      text(purl),
      `${name ?? "?"} ${release ?? ""}`.trim(),
      { ...ownFields(known, name, release), ...(vendor === undefined ? {} : { vendor }) },
      paths,
    );
  }
  return {
    inventory: inventoryOf(gathered, distribution),
    format: "SPDX",
    version: spdxVersion.slice(5),
    name: text(document["name"]) ?? "SBOM",
    ...digest,
  };
}

/** The distribution said outright, else the one that most purls name (`distro=debian-12`). */
function inventoryOf({ packages, blindSpots, distros }: Gathered, distribution: Distribution | undefined): Inventory {
  const [named] = [...distros].toSorted((a, b) => b[1] - a[1]).map(([name]) => name);
  const match = /^([a-z][a-z0-9_]*?)-(.+)$/i.exec(named ?? "");
  const known =
    distribution ??
    (match?.[1] === undefined || match[2] === undefined
      ? undefined
      : { id: match[1].toLowerCase(), versionId: match[2] });
  return {
    ...(known === undefined ? {} : { distribution: known }),
    packages,
    blindSpots: [
      ...blindSpots,
      { what: "executable", where: "/", why: "read from an SBOM: what it leaves out, nobody looked for" },
    ],
    coverage: { executables: 0, explained: 0 },
  };
}
