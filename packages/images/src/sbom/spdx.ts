import type { Package } from "../inventory.ts";
import type { ImageScan } from "../scan/scan-image.ts";
import { documentId, identityOf, imagePurl, type SbomOptions } from "./cyclonedx.ts";

/** Identifiers are letters, digits, dots and dashes; a number keeps them apart. */
const spdxId = (found: Package, i: number): string =>
  `SPDXRef-Package-${found.ecosystem}-${found.name}`.replace(/[^A-Za-z0-9.-]+/g, "-").slice(0, 120) + `-${i + 1}`;

const purlReference = (purl: string): object => ({
  referenceCategory: "PACKAGE-MANAGER",
  referenceType: "purl",
  referenceLocator: purl,
});

/** What SPDX has no field for stands in comments of the form `KEY: VALUE`, which reading them back understands. */
const comment = (fields: Readonly<Record<string, string | undefined>>): { readonly comment?: string } => {
  const lines = Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}`]));
  return lines.length === 0 ? {} : { comment: lines.join("\n") };
};

/** The scan as an SPDX 2.3 document (JSON). Licences are not looked at and say so: NOASSERTION. */
export function spdx(scan: ImageScan, { timestamp, toolVersion }: SbomOptions): object {
  const { inventory } = scan;
  const { distribution } = inventory;
  const purl = imagePurl(scan);
  const unknown = {
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
  };
  const packages = inventory.packages.map((found, i) => ({
    SPDXID: spdxId(found, i),
    name: found.name,
    versionInfo: found.version,
    ...(found.vendor === undefined ? {} : { supplier: `Organization: ${found.vendor}` }),
    ...unknown,
    ...(found.purl === undefined ? {} : { externalRefs: [purlReference(found.purl)] }),
    ...(found.paths.length === 0 ? {} : { sourceInfo: `found in ${found.paths.map((p) => `/${p}`).join(", ")}` }),
    ...comment({
      ecosystem: found.ecosystem,
      source:
        found.source === undefined
          ? undefined
          : `${found.source.name}${found.source.version === undefined ? "" : ` ${found.source.version}`}`,
      architecture: found.architecture,
      layer: found.layer,
      ownedBy: found.ownedBy,
      modularity: found.modularity,
      thirdParty: found.thirdParty === true ? "true" : undefined,
    }),
  }));
  const image = {
    SPDXID: "SPDXRef-Image",
    name: scan.name,
    versionInfo: identityOf(scan),
    primaryPackagePurpose: "CONTAINER",
    ...unknown,
    ...(purl === undefined ? {} : { externalRefs: [purlReference(purl)] }),
    ...comment({
      image: scan.configDigest === "" ? undefined : scan.configDigest,
      platform: `${scan.platform.os}/${scan.platform.architecture}`,
      executables: `${inventory.coverage.executables}`,
      explained: `${inventory.coverage.explained}`,
      blindSpots: `${inventory.blindSpots.length}`,
    }),
  };
  const system =
    distribution === undefined
      ? []
      : [
          {
            SPDXID: "SPDXRef-OperatingSystem",
            name: distribution.id,
            ...(distribution.versionId === undefined ? {} : { versionInfo: distribution.versionId }),
            primaryPackagePurpose: "OPERATING-SYSTEM",
            ...unknown,
            ...comment({ codename: distribution.codename, repositoryRelease: distribution.repositoryRelease }),
          },
        ];
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: scan.name,
    documentNamespace: `https://bulkhead.dev/spdx/${documentId("spdx", identityOf(scan), timestamp)}`,
    creationInfo: { created: timestamp.replace(/\.\d+Z$/, "Z"), creators: [`Tool: bulkhead-${toolVersion}`] },
    packages: [image, ...system, ...packages],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: image.SPDXID },
      ...[...system, ...packages].map(({ SPDXID }) => ({
        spdxElementId: image.SPDXID,
        relationshipType: "CONTAINS",
        relatedSpdxElement: SPDXID,
      })),
    ],
  };
}
