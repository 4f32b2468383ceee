import fc from "fast-check";
import { PackageURL } from "packageurl-js";
import { expect, test } from "vitest";
import type { PackageEcosystem } from "../inventory.ts";
import { packageOfPurl } from "../sbom/purl-package.ts";
import { purlOf } from "./purl.ts";

const debian = { id: "debian", versionId: "12" };

test.each([
  [
    { ecosystem: "dpkg", name: "libstdc++6", version: "12.2.0-14+deb12u1", architecture: "amd64" },
    "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12",
  ],
  [
    { ecosystem: "rpm", name: "bash", version: "2:5.1-3.el9" },
    "pkg:rpm/debian/bash@5.1-3.el9?distro=debian-12&epoch=2",
  ],
  [{ ecosystem: "npm", name: "@babel/core", version: "7.0.0" }, "pkg:npm/%40babel/core@7.0.0"],
  [{ ecosystem: "Go", name: "golang.org/x/net", version: "v0.1.0" }, "pkg:golang/golang.org/x/net@v0.1.0"],
  [{ ecosystem: "Maven", name: "org.example:thing", version: "1" }, "pkg:maven/org.example/thing@1"],
  [{ ecosystem: "PyPI", name: "zope.interface", version: "5" }, "pkg:pypi/zope.interface@5"],
] as const)("%j is %s", (found, purl) => expect(purlOf(found, debian)).toBe(purl));

test("a Maven archive without a group has none", () => {
  expect(purlOf({ ecosystem: "Maven", name: "thing", version: "1" }, debian)).toBeUndefined();
});

test("every purl is canonical to the specification's own library, and leads back to its package", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,12}$/);
  const version = fc.stringMatching(/^[0-9][0-9A-Za-z.+~:-]{0,12}$/);
  const ecosystem = fc.constantFrom<PackageEcosystem>(
    "dpkg",
    "apk",
    "rpm",
    "npm",
    "PyPI",
    "Go",
    "Maven",
    "crates.io",
    "RubyGems",
  );
  fc.assert(
    fc.property(ecosystem, name, name, version, (kind, first, second, release) => {
      const whole =
        kind === "Maven"
          ? `${first}:${second}`
          : kind === "npm"
            ? `@${first.toLowerCase()}/${second.toLowerCase()}`
            : kind === "Go"
              ? `x.org/${first}/${second}`.toLowerCase()
              : kind === "rpm" || kind === "crates.io" || kind === "RubyGems"
                ? first
                : first
                    .toLowerCase()
                    .replace(/[_.-]+/g, "-")
                    .replace(/-$/, "");
      const found = {
        ecosystem: kind,
        name: whole,
        version: kind === "rpm" ? `1:${release.replace(/:/g, "")}` : release,
      };
      const purl = purlOf(found, debian) ?? "";
      // The library leaves a plus as it is where the specification has it encoded; both are read as one.
      expect(PackageURL.fromString(purl).toString().replaceAll("+", "%2B")).toBe(purl);
      expect(packageOfPurl(purl)?.found).toMatchObject(
        kind === "rpm" ? { ...found, name: found.name.toLowerCase() } : found,
      );
    }),
  );
});
