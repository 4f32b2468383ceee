import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../build/layer.ts";
import { RegistryError, type RegistryErrorCode } from "../registry/registry-error.ts";
import {
  checkSignatures,
  parseTrustedKey,
  parseTrustedRoot,
  type SignatureCheck,
  type SignatureRegistry,
} from "./index.ts";
import { bundleOf, bundleType, digest, json, pem, Shelf, statement } from "./shelf-fixture.ts";

const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const trust = { keys: [parseTrustedKey(pem(p256.publicKey))], roots: [] };
const check = (registry: SignatureRegistry, more: Partial<SignatureCheck> = {}) =>
  checkSignatures(registry, { repository: "shop/web", digest, trust, now: 0, ...more });
const reasons = async (registry: SignatureRegistry, more: Partial<SignatureCheck> = {}) => {
  const { facts, failures } = await check(registry, more);
  return [facts.length, failures.map((f) => f.reason)];
};

describe("keys", () => {
  const ed25519 = generateKeyPairSync("ed25519");
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  test.each<[string, { publicKey: KeyObject; privateKey: KeyObject }, string | null]>([
    ["Ed25519", ed25519, null],
    ["P-256", p256, "sha256"],
    ["P-384 with cosign's hash", p384, "sha256"],
    ["P-384 with its own hash", p384, "sha384"],
    ["RSA", rsa, "sha256"],
    ["RSA with SHA-512", rsa, "sha512"],
  ])("%s", async (_, { publicKey, privateKey }, hash) => {
    const shelf = new Shelf();
    shelf.list(shelf.carrier(bundleOf(privateKey, statement(), hash)));
    const mine = { keys: [parseTrustedKey(pem(publicKey))], roots: [] };
    expect(await reasons(shelf, { trust: mine })).toEqual([1, []]);
    expect(await reasons(shelf, { trust: { keys: [], roots: [] } })).toEqual([0, ["unknown-key"]]);
  });

  test.each([
    ["nothing", "", "key"],
    ["a private key", ed25519.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "key"],
    ["noise", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "key"],
    ["a short RSA key", pem(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey), "weak-key"],
    ["Bitcoin's curve", pem(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey), "weak-key"],
    ["a key to agree with", pem(generateKeyPairSync("x25519").publicKey), "key"],
    ["much", "-----BEGIN PUBLIC KEY-----".padEnd(20_000, "A"), "too-large"],
  ])("%s is no key to trust", (_, text, code) => {
    expect(() => parseTrustedKey(text)).toThrow(expect.objectContaining({ name: "TrustError", code }));
  });

  test.each([
    ["nothing", "", "root"],
    ["another document", "{}", "root"],
    ["an empty root", '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}', "root"],
    [
      "a broken certificate",
      '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","certificateAuthorities":[{"certChain":{"certificates":[{"rawBytes":"AAAA"}]}}]}',
      "root",
    ],
    ["much", " ".repeat(300_000), "too-large"],
  ])("%s is no trust root", (_, text, code) => {
    expect(() => parseTrustedRoot(text)).toThrow(expect.objectContaining({ name: "TrustError", code }));
  });
});

describe("where signatures are", () => {
  const bundle = bundleOf(p256.privateKey, statement(), "sha256");

  test("in the referrers API and in the fallback tag: the same one counts once", async () => {
    const shelf = new Shelf();
    const carrier = shelf.carrier(bundle);
    shelf.list(carrier);
    shelf.manifests.set(
      digest.replace(":", "-"),
      json({ manifests: [{ digest: carrier, artifactType: "application/vnd.oci.empty.v1+json" }] }),
    );
    expect(await reasons(shelf)).toEqual([1, []]);
  });

  test("a registry without the API is asked for the tag", async () => {
    const shelf = new Shelf();
    shelf.manifests.set(digest.replace(":", "-"), json({ manifests: [{ digest: shelf.carrier(bundle) }] }));
    expect(await reasons({ resolve: shelf.resolve, blob: shelf.blob })).toEqual([1, []]);
  });

  test("other artifacts are not opened", async () => {
    const shelf = new Shelf();
    shelf.listed = json({ manifests: [{ digest: shelf.carrier(bundle), artifactType: "application/spdx+json" }] });
    expect(await reasons(shelf)).toEqual([0, []]);
    expect(shelf.asked.filter((a) => a.startsWith("sha256:"))).toEqual([]);
  });

  test.each<[string, object, string[]]>([
    ["of another image's", { subject: { digest: sha256(Buffer.from("other")) } }, ["other-digest"]],
    ["of nobody's", { subject: undefined }, ["other-digest"]],
    ["without layers", { layers: [] }, []],
    ["whose layer is not there", { layers: [{ mediaType: bundleType, digest, size: 3 }] }, ["unreadable"]],
    ["whose layer has no size", { layers: [{ mediaType: bundleType, digest }] }, ["too-large"]],
    ["whose layer leads elsewhere", { layers: [{ mediaType: bundleType, digest: "../x", size: 3 }] }, ["unreadable"]],
  ])("a referrer %s", async (_, more, expected) => {
    const shelf = new Shelf();
    shelf.list(shelf.carrier(bundle, more));
    expect(await reasons(shelf)).toEqual([0, expected]);
  });

  test.each<[RegistryErrorCode, string]>([
    ["unreachable", "unreachable"],
    ["refused", "unreachable"],
    ["unauthorized", "unauthorized"],
    ["too-large", "too-large"],
    ["digest-mismatch", "unreadable"],
    ["malformed", "unreadable"],
  ])("a registry that says %s: %s, three times, and nothing holds", async (code, reason) => {
    const no = async () => {
      throw new RegistryError(code, "no");
    };
    expect(await reasons({ resolve: no, blob: no })).toEqual([0, [reason, reason, reason]]);
  });

  test("an ended search says that it did not look", async () => {
    const shelf = new Shelf();
    shelf.list(shelf.carrier(bundle));
    const [held, failed] = await reasons(shelf, { signal: AbortSignal.abort() });
    expect([held, new Set(failed as string[])]).toEqual([0, new Set(["unreachable"])]);
    expect(shelf.asked).toEqual([]);
  });
});

test("a registry that never answers is given up when the search ends", async () => {
  const never = () => new Promise<never>(() => undefined);
  const ending = new AbortController();
  const asked = reasons({ resolve: never, blob: never, referrers: never }, { signal: ending.signal });
  ending.abort();
  const [held, failed] = await asked;
  expect([held, new Set(failed as string[])]).toEqual([0, new Set(["unreachable"])]);
});

describe("how much is looked at", () => {
  const bundle = bundleOf(p256.privateKey, statement(), "sha256");

  test("of thousands of referrers so many and no more, and that is said", async () => {
    const shelf = new Shelf();
    shelf.list(...Array.from({ length: 5000 }, (_, i) => shelf.carrier(bundle, { annotations: { i: `${i}` } })));
    expect(await reasons(shelf, { limits: { items: 10 } })).toEqual([10, ["too-many"]]);
    expect(shelf.asked.length).toBeLessThan(40);
  });

  test("bytes: of one and of all", async () => {
    const shelf = new Shelf();
    const attestation = bundleOf(
      p256.privateKey,
      statement("https://spdx.dev/Document", { packages: [1, 2, 3] }),
      "sha256",
    );
    shelf.list(shelf.carrier(attestation), shelf.carrier(bundle));
    expect(await reasons(shelf, { limits: { attestation: 100 } })).toEqual([0, ["too-large", "too-large"]]);
    expect(await reasons(shelf, { limits: { total: attestation.length + 10 } })).toEqual([1, ["too-large"]]);
    expect(await reasons(shelf)).toEqual([2, []]);
  });

  test("a blob larger than it said is not read on", async () => {
    const shelf = new Shelf();
    shelf.list(shelf.carrier(bundle, {}, 10));
    expect(await reasons(shelf)).toEqual([0, ["too-large"]]);
  });
});

describe("statements", () => {
  const of = async (payload: Buffer) => {
    const shelf = new Shelf();
    shelf.list(shelf.carrier(bundleOf(p256.privateKey, payload, "sha256")));
    return check(shelf);
  };

  test.each<[string, object, string]>([
    ["another digest", { subject: [{ digest: { sha256: "0".repeat(64) } }] }, "other-digest"],
    ["no subject", { subject: undefined }, "other-digest"],
    ["the digest under another algorithm", { subject: [{ digest: { sha512: digest.slice(7) } }] }, "other-digest"],
    ["another type", { _type: "https://example.com/Statement" }, "unreadable"],
    ["no predicate type", { predicateType: 3 }, "unreadable"],
  ])("a signed statement with %s does not count", async (_, more, reason) => {
    const { facts, failures } = await of(json({ ...JSON.parse(statement().toString()), ...more }));
    expect([facts, failures.map((f) => f.reason)]).toEqual([[], [reason]]);
  });

  test.each<[string, object, object]>([
    [
      "https://slsa.dev/provenance/v1",
      { buildDefinition: { externalParameters: { workflow: { repository: "https://git.example/a" } } } },
      { sources: ["https://git.example/a"] },
    ],
    [
      "https://slsa.dev/provenance/v1",
      { buildDefinition: { resolvedDependencies: [{ uri: "git+https://git.example/a" }] } },
      {},
    ],
    ["https://slsa.dev/provenance/v0.2", { materials: [{ uri: "git+https://git.example/a" }] }, {}],
    ["https://cosign.sigstore.dev/attestation/vuln/v1", { scanner: { uri: "pkg:x" } }, { scanner: "pkg:x" }],
    ["https://spdx.dev/Document", { packages: [{}, {}] }, { packages: 2 }],
    ["https://example.com/other", { builder: { id: "x" } }, {}],
    ["https://slsa.dev/provenance/v0.2", { builder: { id: "x".repeat(3000) } }, {}],
  ])("%s is summed up", async (type, predicate, expected) => {
    const { facts } = await of(statement(type, predicate));
    expect(facts.map((f) => [f.kind, f.predicateType, f.predicate])).toEqual([["attestation", type, expected]]);
  });
});

test("property: whatever a registry serves, nothing is thrown, and nothing holds that the key did not sign", async () => {
  const good = bundleOf(p256.privateKey, statement(), "sha256");
  const broken = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b)),
    fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
    // One byte of a good bundle changed.
    fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const copy = Buffer.from(good);
      copy[at] = (copy[at] ?? 0) ^ by;
      return copy;
    }),
  );
  const annotations = fc.dictionary(
    fc.constantFrom(
      "dev.cosignproject.cosign/signature",
      "dev.sigstore.cosign/certificate",
      "dev.sigstore.cosign/bundle",
      "dev.sigstore.cosign/rfc3161timestamp",
    ),
    fc.oneof(fc.string(), fc.json(), fc.base64String()),
  );
  await fc.assert(
    fc.asyncProperty(broken, broken, annotations, async (bundle, index, layer) => {
      const shelf = new Shelf();
      shelf.list(shelf.carrier(bundle));
      shelf.manifests.set(digest.replace(":", "-"), index);
      shelf.manifests.set(
        `${digest.replace(":", "-")}.sig`,
        json({
          layers: [
            { mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", annotations: layer, ...shelf.put(index) },
          ],
        }),
      );
      shelf.manifests.set(
        `${digest.replace(":", "-")}.att`,
        json({
          layers: [{ mediaType: "application/vnd.dsse.envelope.v1+json", annotations: layer, ...shelf.put(bundle) }],
        }),
      );
      const { facts } = await check(shelf);
      for (const fact of facts)
        expect([fact.digest, fact.signer]).toEqual([digest, { type: "key", keyId: trust.keys[0]?.keyId }]);
    }),
    { numRuns: 300 },
  );
});
