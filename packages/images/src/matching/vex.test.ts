import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VexOptions } from "./apply-vex.ts";
import { madeAdvisory, madeDatabase, madeInventory, madePackage } from "./made-database.ts";
import { match } from "./match.ts";
import { type PolicySaying, policyStatements } from "./policy-vex.ts";
import { readVex } from "./read-vex.ts";
import type { VexOrigin, VexStatement } from "./vex-statement.ts";

const digest = `sha256:${"a".repeat(64)}`;
const subject = { digest, repository: "registry.example.com/shop/web" };
const database = madeDatabase({
  advisories: { s: [madeAdvisory("GHSA-1", "npm", "lodash", [{ fixed: "4.17.21" }], { aliases: ["CVE-1"] })] },
});
const lodash = madePackage("npm", "lodash", "4.17.20", { purl: "pkg:npm/lodash@4.17.20" });
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function statements(document: unknown, origin: VexOrigin = "file"): readonly VexStatement[] {
  const reading = readVex(bytes(document), origin);
  if (reading.form === "unreadable") throw new Error(reading.why);
  return reading.statements;
}

const judged = (said: readonly VexStatement[], more: Partial<VexOptions> = {}) =>
  match(
    madeInventory([lodash]),
    database,
    { statements: said, honoured: ["file", "policy", "vendor"], subject, ...more },
    0,
  ).findings[0];

const openVex = (...said: object[]): object => ({
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://example.com/vex/1",
  author: "Shop's security team",
  timestamp: "2026-01-01T00:00:00Z",
  statements: said,
});
const notAffected = (products: unknown, more: object = {}): object => ({
  vulnerability: { name: "CVE-1" },
  products,
  status: "not_affected",
  justification: "vulnerable_code_not_in_execute_path",
  ...more,
});

describe("OpenVEX", () => {
  it("settles a finding by whatever name, and keeps it with its author and reason", () => {
    for (const name of ["CVE-1", "GHSA-1"]) {
      const finding = judged(
        statements(openVex(notAffected([{ "@id": "pkg:npm/lodash" }], { vulnerability: { name } }))),
      );
      expect(finding?.id).toBe("CVE-1");
      expect(finding?.suppressed).toEqual({
        author: "Shop's security team",
        document: "https://example.com/vex/1",
        origin: "file",
        status: "not_affected",
        justification: "vulnerable_code_not_in_execute_path",
        at: Date.UTC(2026, 0, 1),
      });
    }
  });

  it("speaks of the products that it names, and no others", () => {
    const settled = (products: unknown): boolean =>
      judged(statements(openVex(notAffected(products))))?.suppressed !== undefined;
    expect(settled([{ "@id": "pkg:npm/lodash@4.17.20" }])).toBe(true);
    expect(settled([{ "@id": "pkg:npm/lodash@4.17.19" }])).toBe(false);
    expect(settled([{ "@id": "pkg:npm/other" }])).toBe(false);
    expect(settled([{ "@id": `pkg:oci/web@${encodeURIComponent(digest)}` }])).toBe(true);
    expect(settled([{ "@id": `pkg:oci/web@sha256%3A${"b".repeat(64)}` }])).toBe(false);
    expect(settled([{ "@id": "pkg:oci/web?repository_url=registry.example.com/shop/web" }])).toBe(true);
    expect(settled([{ "@id": "pkg:oci/web?repository_url=elsewhere.example.com/shop/web" }])).toBe(false);
    const inImage = (part: string): unknown => [
      { "@id": `pkg:oci/web@${encodeURIComponent(digest)}`, subcomponents: [{ "@id": part }] },
    ];
    expect(settled(inImage("pkg:npm/lodash"))).toBe(true);
    expect(settled(inImage("pkg:npm/other"))).toBe(false);
    expect(settled([{ "@id": "https://example.com/not-understood" }])).toBe(false);
    expect(settled([])).toBe(true);
  });

  it("settles nothing without a reason, or while it is looked into", () => {
    const product = [{ "@id": "pkg:npm/lodash" }];
    const bare = judged(statements(openVex(notAffected(product, { justification: undefined }))));
    expect([bare?.suppressed, bare?.statements.length]).toEqual([undefined, 1]);
    expect(
      judged(statements(openVex(notAffected(product, { status: "under_investigation" }))))?.suppressed,
    ).toBeUndefined();
    expect(judged(statements(openVex(notAffected(product, { status: "fixed" }))))?.suppressed?.status).toBe("fixed");
  });

  it("holds by its newest statement: a later one takes back an earlier", () => {
    const product = [{ "@id": "pkg:npm/lodash" }];
    const both = [
      notAffected(product, { timestamp: "2026-01-01T00:00:00Z" }),
      notAffected(product, { status: "affected", timestamp: "2026-02-01T00:00:00Z" }),
    ];
    for (const order of [both, both.toReversed()]) {
      const finding = judged(statements(openVex(...order)));
      expect([finding?.suppressed, finding?.statements.map(({ status }) => status)]).toEqual([
        undefined,
        ["affected", "not_affected"],
      ]);
    }
  });

  it("that comes with an image is shown, and settles nothing unless that is honoured", () => {
    const own = statements(openVex(notAffected([])), "image");
    expect(judged(own)).toMatchObject({ statements: [{ origin: "image" }] });
    expect(judged(own)?.suppressed).toBeUndefined();
    expect(judged(own, { honoured: ["image"] })?.suppressed?.origin).toBe("image");
    const taken = statements(
      openVex(notAffected([], { status: "affected", timestamp: "2027-01-01T00:00:00Z" })),
      "image",
    );
    expect(judged([...statements(openVex(notAffected([]))), ...taken])?.suppressed?.origin).toBe("file");
  });
});

describe("CycloneDX", () => {
  const document = (analysis: object | undefined, ref = "lodash"): object => ({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: "urn:uuid:1",
    metadata: { authors: [{ name: "Someone" }], timestamp: "2026-01-01T00:00:00Z" },
    components: [{ "bom-ref": "lodash", purl: "pkg:npm/lodash@4.17.20" }],
    vulnerabilities: [{ id: "CVE-1", ...(analysis === undefined ? {} : { analysis }), affects: [{ ref }] }],
  });

  it("settles by its analysis, its words given as OpenVEX's", () => {
    const analysis = { state: "not_affected", justification: "code_not_reachable", detail: "never called" };
    expect(judged(statements(document(analysis)))?.suppressed).toMatchObject({
      author: "Someone",
      document: "urn:uuid:1",
      justification: "vulnerable_code_not_in_execute_path",
      statement: "never called",
    });
    expect(judged(statements(document(analysis, "urn:cdx:1/1#pkg:npm/lodash@4.17.20")))?.suppressed).toBeDefined();
    expect(judged(statements(document(analysis, "unknown")))?.suppressed).toBeUndefined();
    expect(judged(statements(document({ state: "exploitable" })))?.suppressed).toBeUndefined();
    expect(statements(document(undefined))).toEqual([]);
  });
});

describe("CSAF", () => {
  const document = (status: object): object => ({
    document: {
      csaf_version: "2.0",
      publisher: { name: "Vendor" },
      tracking: { id: "V-1", current_release_date: "2026-01-01T00:00:00Z" },
    },
    product_tree: {
      full_product_names: [{ product_id: "P", product_identification_helper: { purl: "pkg:npm/lodash@4.17.20" } }],
    },
    vulnerabilities: [
      { cve: "CVE-1", product_status: status, flags: [{ label: "component_not_present", product_ids: ["P"] }] },
    ],
  });

  it("settles by product status", () => {
    expect(judged(statements(document({ known_not_affected: ["P"] })))?.suppressed).toMatchObject({
      author: "Vendor",
      justification: "component_not_present",
    });
    expect(judged(statements(document({ known_affected: ["P"] })))?.suppressed).toBeUndefined();
    expect(judged(statements(document({ known_not_affected: ["Q"] })))?.suppressed).toBeUndefined();
  });
});

describe("readVex", () => {
  it("opens an attestation's predicate, and names what it cannot read", () => {
    expect(statements({ _type: "https://in-toto.io/Statement/v1", predicate: openVex(notAffected([])) })).toHaveLength(
      1,
    );
    expect(readVex(bytes({ a: 1 }), "file")).toEqual({
      form: "unreadable",
      why: "neither OpenVEX, CycloneDX nor CSAF",
    });
    expect(readVex(Buffer.from("{"), "file").form).toBe("unreadable");
  });

  it("survives whatever is handed in", () => {
    const frames = [openVex(), { bomFormat: "CycloneDX" }, { document: { csaf_version: "2.0" } }];
    const odd = fc.object({
      key: fc.constantFrom(
        "statements",
        "vulnerabilities",
        "products",
        "analysis",
        "status",
        "product_tree",
        "branches",
        "affects",
      ),
      maxDepth: 5,
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        odd,
        (frame, more) => void readVex(bytes({ ...frame, ...more }), "image"),
      ),
    );
  });
});

describe("who is honoured", () => {
  const product = [{ "@id": "pkg:npm/lodash" }];
  const by = (author: string, at: string, more: object = {}): VexStatement[] =>
    statements(openVex(notAffected(product, { timestamp: at, ...more })), "image").map((s) => ({
      ...s,
      author,
      verified: true,
    }));
  const honouring = { honoured: ["policy" as const], authors: new Set(["vendor", "other"]) };
  const ours = (author: string, more: Partial<PolicySaying> = {}): VexStatement[] =>
    policyStatements([
      { author, vulnerability: "CVE-1", status: "NotAffected", justification: "component_not_present", ...more },
    ]);

  it("an author whose signature was verified, and no claim of the same name", () => {
    expect(judged(by("vendor", "2026-01-01T00:00:00Z"), honouring)).toMatchObject({
      suppressed: { author: "vendor", origin: "image", verified: true },
      settledBy: ["vendor"],
    });
    expect(judged(by("stranger", "2026-01-01T00:00:00Z"), honouring)?.suppressed).toBeUndefined();
    const claimed = statements(openVex(notAffected(product)), "image").map((s) => ({ ...s, author: "vendor" }));
    expect(judged(claimed, honouring)?.suppressed).toBeUndefined();
  });

  it("all who say so are named, and a newer word of an honoured one takes it back for all", () => {
    const both = [...by("vendor", "2026-01-01T00:00:00Z"), ...by("other", "2026-02-01T00:00:00Z")];
    expect(judged(both, honouring)?.settledBy).toEqual(["other", "vendor"]);
    const taken = [...both, ...by("vendor", "2026-03-01T00:00:00Z", { status: "affected" })];
    expect(judged(taken, honouring)?.settledBy).toBeUndefined();
    const noise = [...both, ...by("stranger", "2026-03-01T00:00:00Z", { status: "affected" })];
    expect(judged(noise, honouring)?.settledBy).toEqual(["other", "vendor"]);
  });

  it("each policy speaks for itself, whatever others say", () => {
    const said = [
      ...ours("a"),
      ...ours("b", { status: "Affected" }),
      ...by("vendor", "2026-01-01T00:00:00Z", { status: "affected" }),
    ];
    expect(judged(said, honouring)).toMatchObject({ settledBy: ["a"], suppressed: { author: "a", origin: "policy" } });
    expect(judged(ours("a", { justification: undefined }), honouring)?.suppressed).toBeUndefined();
    expect(judged(ours("a", { packages: ["pkg:npm/other"] }), honouring)?.statements).toEqual([]);
    expect(judged(ours("a", { packages: ["nothing that is a purl"] }), honouring)?.statements).toEqual([]);
    expect(judged(ours("a", { packages: ["pkg:npm/lodash"] }), honouring)?.settledBy).toEqual(["a"]);
  });

  it("any number of strangers hides no one who counts", () => {
    const crowd = Array.from({ length: 500 }, (_, i) => by(`stranger ${i}`, "2027-01-01T00:00:00Z")).flat();
    const finding = judged([...crowd, ...by("vendor", "2026-01-01T00:00:00Z")], honouring);
    expect([finding?.statements.length, finding?.statements[0]?.author]).toEqual([20, "vendor"]);
  });
});
