import { createHash } from "node:crypto";
import type { Package } from "../inventory.ts";
import type { ImageScan } from "../scan/scan-image.ts";

/** A vulnerability as CycloneDX tells it; made by whoever matched. */
export interface SbomVulnerability {
  readonly id: string;
  readonly source?: { readonly name?: string; readonly url?: string };
  /** Its other names, and whose they are. */
  readonly references?: readonly {
    readonly id: string;
    readonly source: { readonly name: string; readonly url?: string };
  }[];
  readonly description?: string;
  readonly recommendation?: string;
  readonly advisories?: readonly { readonly url: string }[];
  /** ISO 8601. */
  readonly published?: string;
  readonly ratings: readonly {
    readonly severity?: "critical" | "high" | "medium" | "low" | "info" | "none" | "unknown";
    readonly method?: string;
    readonly score?: number;
    readonly vector?: string;
    readonly source?: { readonly name: string };
  }[];
  /** What a VEX statement says of it. */
  readonly analysis?: {
    readonly state: "resolved" | "exploitable" | "in_triage" | "not_affected";
    readonly justification?:
      | "code_not_present"
      | "code_not_reachable"
      | "protected_by_mitigating_control"
      | "requires_environment";
    readonly detail?: string;
    /** ISO 8601. */
    readonly lastUpdated?: string;
  };
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly affects: readonly Package[];
  /** Of all packages in `affects`; default `affected`. */
  readonly status?: "affected" | "unaffected";
}

export interface SbomOptions {
  /** When the document is made: ISO 8601. */
  readonly timestamp: string;
  /** Of Bulkhead. */
  readonly toolVersion: string;
  readonly vulnerabilities?: readonly SbomVulnerability[];
}

/** A UUID out of what the document is about: the same image gives the same document. */
export function documentId(...parts: readonly string[]): string {
  const hash = createHash("sha256").update(parts.join("\0")).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** References are unique in a document: the purl where there is one, numbered where it is not the first. */
export function referencesOf(packages: readonly Package[]): Map<Package, string> {
  const taken = new Map<string, number>();
  return new Map(
    packages.map((found) => {
      const name = found.purl ?? `${found.ecosystem}:${found.name}@${found.version}`;
      const count = taken.get(name) ?? 0;
      taken.set(name, count + 1);
      return [found, count === 0 ? name : `${name}#${count}`];
    }),
  );
}

/** The manifest's digest, else the configuration's; of a plain folder what it was packed to. */
export const identityOf = ({ digest, configDigest, layers, name }: ImageScan): string =>
  digest ?? ([configDigest, layers[0]?.digest, name].find((d) => d !== undefined && d !== "") || "image");

/** `pkg:oci/NAME@DIGEST` of the image itself. */
export function imagePurl({ name, digest }: ImageScan): string | undefined {
  if (digest === undefined) return undefined;
  const plain = name.replace(/@sha256:.*$/, "").replace(/:[^/:]*$/, "");
  const last = plain.slice(plain.lastIndexOf("/") + 1).toLowerCase();
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(last)) return undefined;
  const address =
    plain.includes("/") && !plain.startsWith("/") && !plain.startsWith(".")
      ? `?repository_url=${encodeURIComponent(plain)}`
      : "";
  return `pkg:oci/${last}@${encodeURIComponent(digest)}${address}`;
}

const property = (name: string, value: string | undefined): { readonly name: string; readonly value: string }[] =>
  value === undefined ? [] : [{ name: `bulkhead:${name}`, value }];

function nameParts({ ecosystem, name }: Package): { readonly group?: string; readonly name: string } {
  if (ecosystem === "Maven" && name.includes(":"))
    return { group: name.slice(0, name.indexOf(":")), name: name.slice(name.indexOf(":") + 1) };
  if (ecosystem === "npm" && name.startsWith("@") && name.includes("/"))
    return { group: name.slice(0, name.indexOf("/")), name: name.slice(name.indexOf("/") + 1) };
  return { name };
}

/** The scan as a CycloneDX 1.6 document. Where the image could not be looked into stands in its properties. */
export function cycloneDx(scan: ImageScan, { timestamp, toolVersion, vulnerabilities }: SbomOptions): object {
  const { inventory } = scan;
  const references = referencesOf(inventory.packages);
  const purl = imagePurl(scan);
  const root = purl ?? identityOf(scan);
  const { distribution } = inventory;
  const components = inventory.packages.map((found) => ({
    type: found.ecosystem === "runtime" ? "platform" : "library",
    "bom-ref": references.get(found) ?? "",
    ...nameParts(found),
    version: found.version,
    ...(found.purl === undefined ? {} : { purl: found.purl }),
    ...(found.vendor === undefined ? {} : { publisher: found.vendor }),
    properties: [
      ...property("ecosystem", found.ecosystem),
      ...property("layer", found.layer),
      ...property("ownedBy", found.ownedBy),
      ...property("source:name", found.source?.name),
      ...property("source:version", found.source?.version),
      ...property("architecture", found.architecture),
      ...property("modularity", found.modularity),
      ...property("inUse", found.inUse === true ? "true" : undefined),
      ...property("thirdParty", found.thirdParty === true ? "true" : undefined),
    ],
    ...(found.paths.length === 0
      ? {}
      : { evidence: { occurrences: found.paths.map((location) => ({ location: `/${location}` })) } }),
  }));
  const system =
    distribution === undefined
      ? []
      : [
          {
            type: "operating-system",
            "bom-ref": `os:${distribution.id}`,
            name: distribution.id,
            ...(distribution.versionId === undefined ? {} : { version: distribution.versionId }),
            ...(distribution.prettyName === undefined ? {} : { description: distribution.prettyName }),
            properties: [
              ...property("distribution:codename", distribution.codename),
              ...property("distribution:repositoryRelease", distribution.repositoryRelease),
            ],
          },
        ];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${documentId("cyclonedx", identityOf(scan), timestamp)}`,
    version: 1,
    metadata: {
      timestamp,
      tools: { components: [{ type: "application", name: "bulkhead", version: toolVersion }] },
      component: {
        type: "container",
        "bom-ref": root,
        name: scan.name,
        version: identityOf(scan),
        ...(purl === undefined ? {} : { purl }),
        properties: [
          ...property("image:id", scan.configDigest),
          ...property("image:platform", `${scan.platform.os}/${scan.platform.architecture}`),
          ...scan.layers.flatMap((layer) => property("image:layer", layer.digest)),
          ...property("coverage:executables", `${inventory.coverage.executables}`),
          ...property("coverage:explained", `${inventory.coverage.explained}`),
          ...(inventory.coverage.unexplained ?? []).flatMap((path) => property("coverage:unexplained", path)),
          ...inventory.blindSpots
            .slice(0, 1000)
            .flatMap((b) => property(`blindSpot:${b.what}`, `${b.where}: ${b.why}`)),
        ],
      },
    },
    components: [...system, ...components],
    // Which package needs which is not looked into: the image holds them all, and that is all that is said.
    dependencies: [{ ref: root, dependsOn: [...system.map((s) => s["bom-ref"]), ...references.values()] }],
    compositions: [{ aggregate: inventory.blindSpots.length === 0 ? "unknown" : "incomplete", assemblies: [root] }],
    ...(vulnerabilities === undefined
      ? {}
      : {
          vulnerabilities: vulnerabilities.map(({ affects, status = "affected", ...flaw }, i) => ({
            "bom-ref": `vulnerability-${i + 1}`,
            ...flaw,
            affects: affects.flatMap((found) => {
              // Support that has ended is the distribution's as a whole.
              const ref = references.get(found) ?? system.find((s) => s.name === found.name)?.["bom-ref"];
              return ref === undefined ? [] : [{ ref, versions: [{ version: found.version, status }] }];
            }),
          })),
        }),
  };
}
