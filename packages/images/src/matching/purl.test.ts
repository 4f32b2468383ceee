import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePurl, purlCovers } from "./purl.ts";

const parsed = (text: string): unknown[] | undefined => {
  const purl = parsePurl(text);
  return purl && [purl.type, purl.namespace, purl.name, purl.version, Object.fromEntries(purl.qualifiers)];
};

describe("parsePurl", () => {
  it("takes package URLs apart as the specification's examples have them", () => {
    const cases: readonly (readonly [string, unknown[]])[] = [
      [
        "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
        ["deb", "debian", "curl", "7.50.3-1", { arch: "i386", distro: "jessie" }],
      ],
      ["pkg:npm/%40angular/animation@12.3.1", ["npm", "@angular", "animation", "12.3.1", {}]],
      ["pkg:npm/@angular/animation@12.3.1", ["npm", "@angular", "animation", "12.3.1", {}]],
      [
        "pkg:golang/google.golang.org/genproto#googleapis/api/annotations",
        ["golang", "google.golang.org", "genproto", undefined, {}],
      ],
      ["pkg:pypi/Django_Rest.X@1.11.1", ["pypi", "", "django-rest-x", "1.11.1", {}]],
      [
        "pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1?packaging=sources",
        ["maven", "org.apache.xmlgraphics", "batik-anim", "1.9.1", { packaging: "sources" }],
      ],
      [
        "pkg:oci/Debian@sha256%3A244fd47e07d1004f0aed9c?arch=amd64",
        ["oci", "", "debian", "sha256:244fd47e07d1004f0aed9c", { arch: "amd64" }],
      ],
      ["pkg:gem/jruby-launcher@1.1.2?platform=java", ["gem", "", "jruby-launcher", "1.1.2", { platform: "java" }]],
    ];
    expect(cases.map(([text]) => parsed(text))).toEqual(cases.map(([, parts]) => parts));
    for (const text of ["", "pkg:", "pkg:npm", "npm/x@1", "pkg:npm/", "pkg:npm/%zz@1", `pkg:npm/${"x".repeat(3000)}`])
      expect(parsePurl(text), text).toBeUndefined();
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.string().map((text) => `pkg:npm/${text}`),
        (text) => void parsePurl(text),
      ),
    );
  });
});

describe("purlCovers", () => {
  const covers = (wanted: string, actual: string): boolean => {
    const [a, b] = [parsePurl(wanted), parsePurl(actual)];
    return a !== undefined && b !== undefined && purlCovers(a, b);
  };

  it("holds where all that is said holds", () => {
    const curl = "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie";
    expect(covers(curl, curl)).toBe(true);
    expect(covers("pkg:deb/debian/curl", curl)).toBe(true);
    expect(covers("pkg:deb/curl@7.50.3-1", curl)).toBe(true);
    expect(covers("pkg:deb/debian/curl?arch=amd64", curl)).toBe(false);
    expect(covers("pkg:deb/ubuntu/curl", curl)).toBe(false);
    expect(covers("pkg:rpm/debian/curl", curl)).toBe(false);
    expect(covers(curl, "pkg:deb/debian/curl")).toBe(false);
  });
});
