import { generateKeyPairSync, sign } from "node:crypto";
import { dsse } from "@sigstore/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../build/layer.ts";
import { collectVex } from "./collect-vex.ts";
import { parseTrustedKey } from "./index.ts";
import { type ImageVexTrust, readImageVex } from "./read-image-vex.ts";
import { bundleOf, bundleType, digest, json, payloadType, pem, Shelf, statement } from "./shelf-fixture.ts";

const vendor = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
const vendorKey = parseTrustedKey(pem(vendor.publicKey));
const trusted: ImageVexTrust = {
  trust: { keys: [vendorKey, parseTrustedKey(pem(stranger.publicKey))], roots: [] },
  authorsOf: ({ signer }) => (signer.type === "key" && signer.keyId === vendorKey.keyId ? ["the vendor"] : []),
};
const openVex = (more: object = {}): object => ({
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://vendor.example/vex/1",
  author: "the vendor",
  timestamp: "2026-01-01T00:00:00Z",
  statements: [
    { vulnerability: { name: "CVE-1" }, status: "not_affected", justification: "component_not_present", ...more },
  ],
});
const predicateType = "https://openvex.dev/ns/v0.2.0";
const vexBundle = (key = vendor.privateKey, document: object = openVex(), type = predicateType): Buffer =>
  bundleOf(key, statement(type, document), "sha256");

async function read(shelf: Shelf, trust = trusted) {
  // Through JSON, as it is handed to another process.
  const collected = JSON.parse(
    JSON.stringify(await collectVex(shelf, { repository: "shop/web", digest })),
  ) as Parameters<typeof readImageVex>[0];
  return readImageVex(collected, trust);
}
const authors = async (shelf: Shelf, trust = trusted) => {
  const { statements, failures } = await read(shelf, trust);
  return [statements.map((s) => [s.author, s.verified ?? false]), failures.map((f) => f.reason)];
};
const bundled = (bytes: Buffer, more: object = {}): Shelf => {
  const shelf = new Shelf();
  shelf.list(shelf.carrier(bytes, more));
  return shelf;
};
/** A referrer of one layer that nobody signed. */
function artifact(type: string, bytes: Buffer, more: object = {}): Shelf {
  const shelf = new Shelf();
  const manifest = json({
    artifactType: type,
    layers: [{ mediaType: type, ...shelf.put(bytes) }],
    subject: { digest },
    ...more,
  });
  shelf.manifests.set(sha256(manifest), manifest);
  shelf.listed = json({ manifests: [{ digest: sha256(manifest), artifactType: type }] });
  return shelf;
}

describe("whose word it is", () => {
  test("a known signer's, where the signature holds: whatever author the document claims", async () => {
    expect(await authors(bundled(vexBundle()))).toEqual([[["the vendor", true]], []]);
    const document = { ...openVex(), author: "somebody else" };
    expect(await authors(bundled(vexBundle(vendor.privateKey, document)))).toEqual([[["the vendor", true]], []]);
  });

  test("nobody's, where the signer is not known for it, the key is not, or the bytes were changed", async () => {
    const claimed = [[["unverified: the vendor", false]], []];
    expect(await authors(bundled(vexBundle(stranger.privateKey)))).toEqual(claimed);
    expect(await authors(bundled(vexBundle()), { ...trusted, trust: { keys: [], roots: [] } })).toEqual(claimed);
    const bundle = JSON.parse(vexBundle().toString()) as { dsseEnvelope: { payload: string } };
    const other = statement(predicateType, openVex({ vulnerability: { name: "CVE-2" } }));
    bundle.dsseEnvelope.payload = other.toString("base64");
    expect(await authors(bundled(json(bundle)))).toEqual(claimed);
  });

  test("a document without a signature is unverified, and does not name itself ours", async () => {
    const type = "application/vnd.openvex+json";
    expect(await authors(artifact(type, json(openVex())))).toEqual([[["unverified: the vendor", false]], []]);
    const posing = json({ ...openVex(), author: "ImageTrustPolicy/release" });
    expect(await authors(artifact(type, posing))).toEqual([
      [["unverified: says it is ImageTrustPolicy/release", false]],
      [],
    ]);
  });

  test("what speaks of another image says nothing, signed or not", async () => {
    const another = (bytes: Buffer): Buffer =>
      Buffer.from(bytes.toString().replaceAll(digest.slice(7), "b".repeat(64)));
    const of = bundleOf(vendor.privateKey, another(statement(predicateType, openVex())), "sha256");
    expect(await authors(bundled(of))).toEqual([[], ["other-digest"]]);
    expect(await authors(artifact(payloadType, another(statement(predicateType, openVex()))))).toEqual([
      [],
      ["other-digest"],
    ]);
    const subject = { digest: `sha256:${"b".repeat(64)}` };
    expect(await authors(bundled(vexBundle(), { subject }))).toEqual([[], ["other-digest"]]);
    expect(await authors(artifact("application/vnd.openvex+json", json(openVex()), { subject }))).toEqual([
      [],
      ["other-digest"],
    ]);
  });
});

describe("where it is found", () => {
  const envelope = (): Buffer => {
    const payload = statement(predicateType, openVex());
    const sig = sign("sha256", dsse.preAuthEncoding(payloadType, payload), vendor.privateKey).toString("base64");
    return json({ payload: payload.toString("base64"), payloadType, signatures: [{ sig }] });
  };
  const envelopeType = "application/vnd.dsse.envelope.v1+json";
  const verified = [[["the vendor", true]], []];

  test("under the tag for attestations, as an envelope among the referrers, by the fallback tag", async () => {
    const tagged = new Shelf();
    tagged.manifests.set(
      `${digest.replace(":", "-")}.att`,
      json({ layers: [{ mediaType: envelopeType, annotations: { predicateType }, ...tagged.put(envelope()) }] }),
    );
    expect(await authors(tagged)).toEqual(verified);
    expect(await authors(artifact(envelopeType, envelope()))).toEqual(verified);
    const fallback = new Shelf();
    fallback.manifests.set(
      digest.replace(":", "-"),
      json({ manifests: [{ digest: fallback.carrier(vexBundle()), artifactType: bundleType }] }),
    );
    expect(await authors(fallback)).toEqual(verified);
  });

  test.each([
    [
      "application/vnd.cyclonedx+json",
      { bomFormat: "CycloneDX", vulnerabilities: [{ id: "CVE-1", analysis: { state: "false_positive" } }] },
    ],
    [
      "application/csaf+json",
      {
        document: { csaf_version: "2.0", publisher: { name: "x" } },
        product_tree: {
          full_product_names: [{ product_id: "p", product_identification_helper: { purl: "pkg:deb/debian/a" } }],
        },
        vulnerabilities: [{ cve: "CVE-1", product_status: { known_not_affected: ["p"] } }],
      },
    ],
    [
      payloadType,
      {
        _type: "https://in-toto.io/Statement/v1",
        subject: [{ digest: { sha256: digest.slice(7) } }],
        predicateType,
        predicate: openVex(),
      },
    ],
  ])("as %s", async (type, document) => {
    const { statements } = await read(artifact(type, json(document)));
    expect(statements).toMatchObject([{ origin: "image", vulnerabilities: ["CVE-1"], status: "not_affected" }]);
  });

  test("signatures, provenance and SBOMs are no VEX", async () => {
    expect(await read(bundled(bundleOf(vendor.privateKey, statement(), "sha256")))).toMatchObject({
      statements: [],
      failures: [],
    });
    const bom = vexBundle(vendor.privateKey, { bomFormat: "CycloneDX", components: [] }, "https://cyclonedx.org/bom");
    expect(await read(bundled(bom))).toMatchObject({ statements: [], documents: [], failures: [] });
  });
});

test("however much lies there, a bounded part of it is looked at, and that is said", async () => {
  const many = new Shelf();
  many.list(...Array.from({ length: 200 }, (_, i) => many.carrier(vexBundle(), { annotations: { i: `${i}` } })));
  const { documents, failures } = await read(many);
  expect(documents.length).toBe(48);
  expect(failures.map((f) => f.reason)).toEqual(["too-many"]);
  const long = {
    ...openVex(),
    statements: Array.from({ length: 5000 }, () => ({ vulnerability: "CVE-1", status: "fixed" })),
  };
  const one = await read(
    artifact(
      "application/vnd.openvex+json",
      json({ ...long, statements: long.statements.map((s) => ({ ...s, vulnerability: { name: "CVE-1" } })) }),
    ),
  );
  expect(one.documents).toMatchObject([{ statements: 2000, skipped: 3000 }]);
});

test("bytes of any kind throw nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.json(), async (bytes, text) => {
      for (const body of [Buffer.from(bytes), Buffer.from(text)])
        for (const shelf of [
          bundled(body),
          artifact("application/vnd.openvex+json", body),
          artifact(payloadType, body),
        ])
          expect((await read(shelf)).statements).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
