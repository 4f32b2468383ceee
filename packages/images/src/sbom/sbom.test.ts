import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imageOf } from "../scan/scan-fixture.ts";
import { type ImageScan, scanImage } from "../scan/scan-image.ts";
import { cycloneDx } from "./cyclonedx.ts";
import { readSbom } from "./read-sbom.ts";
import { SbomError } from "./sbom-error.ts";
import { spdx } from "./spdx.ts";

const options = { timestamp: "2026-11-21T10:00:00.000Z", toolVersion: "0.1.0" };
const scan: ImageScan = {
  ...(await scanImage(
    await imageOf([
      [
        { name: "usr/lib/os-release", content: "ID=alpine\nVERSION_ID=3.22.1\n" },
        { name: "etc/apk/repositories", content: "https://x/alpine/v3.22/main\n" },
        { name: "lib/apk/db/installed", content: "P:libcrypto3\nV:3.3.2-r1\nA:x86_64\no:openssl\nF:lib\nR:x.so\n\n" },
        { name: "a/node_modules/@s/left/package.json", content: '{"name":"@s/left","version":"1.2.3"}' },
        { name: "b/node_modules/@s/left/package.json", content: '{"name":"@s/left","version":"1.2.3"}' },
        { name: "srv/thing.jar", content: "broken" },
      ],
    ]),
  )),
  name: "registry.example.com/shop/web:1",
  digest: `sha256:${"ab".repeat(32)}`,
};
const [first] = scan.inventory.packages;

describe("CycloneDX", () => {
  const document = cycloneDx(scan, {
    ...options,
    vulnerabilities: [
      {
        id: "CVE-2024-0001",
        source: { name: "NVD", url: "https://nvd.nist.gov/vuln/detail/CVE-2024-0001" },
        references: [{ id: "GHSA-1", source: { name: "GitHub", url: "https://github.com/advisories/GHSA-1" } }],
        ratings: [
          { severity: "high", score: 7.5, method: "CVSSv31" },
          { score: 0.42, method: "other", source: { name: "EPSS" } },
        ],
        advisories: [{ url: "https://example.com/1" }],
        published: options.timestamp,
        analysis: {
          state: "not_affected",
          justification: "code_not_reachable",
          detail: "never called",
          lastUpdated: options.timestamp,
        },
        properties: [{ name: "bulkhead:exploited:since", value: "2024-01-01" }],
        affects: first === undefined ? [] : [first],
        status: "unaffected",
      },
    ],
  });

  test("passes the schema of 1.6", async () => {
    const problems = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(JSON.stringify(document));
    expect(problems).toBeNull();
  });

  test("is read back to the same packages", () => {
    const back = readSbom(JSON.stringify(document));
    expect(back).toMatchObject({ format: "CycloneDX", version: "1.6", name: scan.name, digest: scan.digest });
    expect(back.inventory.packages).toEqual(scan.inventory.packages);
    expect(back.inventory.distribution).toEqual(scan.inventory.distribution);
  });

  test("is the same for the same image", () => expect(cycloneDx(scan, options)).toEqual(cycloneDx(scan, options)));
});

describe("SPDX", () => {
  const document = spdx(scan, options);

  test("is read back to the same packages", () => {
    const back = readSbom(JSON.stringify(document));
    expect(back).toMatchObject({ format: "SPDX", version: "2.3", digest: scan.digest });
    expect(back.inventory.packages).toEqual(scan.inventory.packages);
    expect(back.inventory.distribution).toEqual(scan.inventory.distribution);
  });

  test("has identifiers that are unique and of the form, and relations among them only", () => {
    const { packages, relationships } = document as {
      packages: { SPDXID: string }[];
      relationships: { spdxElementId: string; relatedSpdxElement: string }[];
    };
    const ids = packages.map((p) => p.SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
    for (const { spdxElementId, relatedSpdxElement } of relationships) {
      expect(["SPDXRef-DOCUMENT", ...ids]).toContain(spdxElementId);
      expect(ids).toContain(relatedSpdxElement);
    }
  });
});

describe("someone else's SBOM", () => {
  test("of syft's kind: the distribution from the purls, what has no purl a blind spot", () => {
    const { inventory } = readSbom(
      JSON.stringify({
        bomFormat: "CycloneDX",
        specVersion: "1.5",
        components: [
          {
            type: "library",
            name: "libssl3",
            version: "3.0.11-1",
            purl: "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&upstream=openssl&distro=debian-12",
          },
          {
            type: "library",
            name: "unknown",
            components: [{ type: "library", name: "inner", purl: "pkg:npm/inner@1.0.0" }],
          },
          { type: "file", name: "/etc/x" },
          { type: "of a later specification", name: "new" },
        ],
      }),
    );
    expect(inventory.distribution).toEqual({ id: "debian", versionId: "12" });
    expect(inventory.packages.map((p) => [p.ecosystem, p.name, p.source?.name])).toEqual([
      ["dpkg", "libssl3", "openssl"],
      ["npm", "inner", undefined],
    ]);
    expect(inventory.blindSpots.map((b) => b.where)).toEqual(["unknown", "new", "/"]);
  });

  test.each([
    ["{", "malformed"],
    ["[]", "unsupported"],
    ['{"bomFormat":"CycloneDX","specVersion":"9"}', "unsupported"],
    ['{"spdxVersion":"SPDX-3.0"}', "unsupported"],
    ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":{"name":"a"}}', "malformed"],
    ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":[[{"name":"a"}]]}', "malformed"],
    ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","components":["a"]}]}', "malformed"],
    ['{"spdxVersion":"SPDX-2.3","packages":null}', "malformed"],
  ])("%s is refused", (text, code) => expect(() => readSbom(text)).toThrow(expect.objectContaining({ code })));

  test("of any JSON ends in an inventory or an SbomError", () => {
    const form = fc.constantFrom({ bomFormat: "CycloneDX", specVersion: "1.6" }, { spdxVersion: "SPDX-2.3" });
    const values = fc.dictionary(
      fc.constantFrom("components", "packages", "metadata", "name", "externalRefs", "purl", "properties", "comment"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(form, values, (head, rest) => {
        try {
          readSbom(JSON.stringify({ ...rest, ...head }));
        } catch (error) {
          expect(error).toBeInstanceOf(SbomError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
