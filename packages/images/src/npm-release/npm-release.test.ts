import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { parseTrustedRoot } from "../signatures/trust.ts";
import { authorities, demands, type Making } from "../testing/npm-release.ts";
import { type BuildDemands, verifyNpmAttestations } from "./attestations.ts";
import { npmReleaseLimits, readNpmRelease } from "./npm-release.ts";
import { NpmReleaseError } from "./npm-release-error.ts";
import { parseNpmKeys, verifyRegistrySignature } from "./registry-signature.ts";

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
type Ours = Awaited<ReturnType<typeof authorities>>;
type Made = Awaited<ReturnType<Ours["release"]>>;
let ours: Ours;
let theirs: Ours;
let good: Made;
beforeAll(async () => {
  [ours, theirs] = await Promise.all([authorities(), authorities()]);
  good = await ours.release();
});

const refused = (code: string) => expect.objectContaining({ name: "NpmReleaseError", code });
const copyOf = (made: Made): Made => structuredClone(made);
const read = (made: Made) => readNpmRelease(json(made.packument), made.packument.name);
const signed = (made: Made, by = ours, expires: string | null = null, logged?: number) =>
  verifyRegistrySignature(read(made), parseNpmKeys(json(by.keys(expires))), {
    now: Date.UTC(2030, 0, 1),
    ...(logged === undefined ? {} : { logged }),
  });
const attested = (
  made: Made,
  more: { keys?: Ours; root?: Ours; demands?: Partial<BuildDemands>; expires?: string } = {},
) =>
  verifyNpmAttestations(read(made), json(made.attestations), {
    keys: parseNpmKeys(json((more.keys ?? ours).keys(more.expires ?? null))),
    root: parseTrustedRoot((more.root ?? ours).trustedRoot),
    demands: { ...demands, ...more.demands },
  });
const changed = (change: (made: Made) => void): Made => {
  const made = copyOf(good);
  change(made);
  return made;
};
const attestation = (made: Made, at: number) => {
  const found = made.attestations.attestations[at];
  if (found === undefined) throw new Error("no attestation there");
  return found;
};
/** One character of a base64 text exchanged for another. */
const spoilt = (text: string, at = 30): string =>
  `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;

describe("a good release", () => {
  test("is signed by the registry, published by it and built as demanded", () => {
    expect(signed(good).keyId).toBe(ours.keys().keys[0]?.keyid);
    const { identity, published } = attested(good);
    expect(identity).toBe(`${demands.repository}/${demands.workflow}@refs/tags/v0.2.0`);
    expect(published).toBeGreaterThan(Date.UTC(2026, 0, 1));
  });

  test("of a scope too", async () => {
    const scoped = await ours.release({ name: "@bulkhead/cli" });
    expect(signed(scoped).keyId).toBe(ours.keys().keys[0]?.keyid);
    expect(attested(scoped).identity).toContain(demands.workflow);
  });
});

describe("the package's document", () => {
  test.each<[string, string, (dist: Record<string, unknown>) => void]>([
    ["no integrity", "no-integrity", (dist) => delete dist["integrity"]],
    ["SHA-1 alone", "no-integrity", (dist) => (dist["integrity"] = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=")],
    [
      "two digests",
      "no-integrity",
      (dist) => (dist["integrity"] = `${String(dist["integrity"])} ${String(dist["integrity"])}`),
    ],
  ])("with %s: %s", (_, code, change) => {
    const made = changed(({ packument }) =>
      change(packument.versions["0.2.0"]?.dist as unknown as Record<string, unknown>),
    );
    expect(() => read(made)).toThrow(refused(code));
  });

  test.each<[string, string, Buffer]>([
    ["nothing", "unreadable", Buffer.alloc(0)],
    ["a list", "unreadable", json([])],
    ["depth", "unreadable", Buffer.from(`${"[".repeat(100_000)}`)],
    ["another package", "other-package", json({ name: "other" })],
    ["no newest", "no-release", json({ name: "bulkhead" })],
    [
      "a newest that is no version",
      "no-release",
      json({ name: "bulkhead", "dist-tags": { latest: "../x" }, versions: {} }),
    ],
    [
      "a newest that it does not describe",
      "no-release",
      json({ name: "bulkhead", "dist-tags": { latest: "1.0.0" }, versions: {} }),
    ],
    [
      "a version of another package",
      "other-package",
      json({
        name: "bulkhead",
        "dist-tags": { latest: "1.0.0" },
        versions: { "1.0.0": { name: "other", version: "1.0.0" } },
      }),
    ],
  ])("%s: %s", (_, code, bytes) => {
    expect(() => readNpmRelease(bytes, "bulkhead")).toThrow(refused(code));
  });

  test("past its bound is not read", () => {
    expect(() => parseNpmKeys(Buffer.alloc(npmReleaseLimits.keys + 1, " "))).toThrow(refused("unreadable"));
  });
});

describe("the registry's signature", () => {
  const dist = (made: Made) => {
    const found = made.packument.versions["0.2.0"];
    if (found === undefined) throw new Error("no such version");
    return found.dist;
  };
  test("none: unsigned", () => {
    expect(() => signed(changed((made) => (dist(made).signatures = [])))).toThrow(refused("unsigned"));
  });
  test("spoilt, or of other content: bad-signature", async () => {
    const broken = changed((made) => (dist(made).signatures[0]!.sig = spoilt(dist(made).signatures[0]!.sig)));
    expect(() => signed(broken)).toThrow(refused("bad-signature"));
    const other = await ours.release({ archive: Buffer.from("another archive") });
    const swapped = changed((made) => (dist(made).integrity = dist(other).integrity));
    expect(() => signed(swapped)).toThrow(refused("bad-signature"));
  });
  test("by another registry: unknown-key", () => {
    expect(() => signed(good, theirs)).toThrow(refused("unknown-key"));
  });
  test("what is no key on P-256 with an end that is a date is left out", () => {
    const [named] = ours.keys().keys;
    const ed25519 = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const listed = [null, 3, { keyid: "x" }, { ...named, expires: "never" }, { ...named, key: ed25519 }, named];
    expect(parseNpmKeys(json({ keys: listed })).map(({ keyId }) => keyId)).toEqual([named?.keyid]);
    expect(() => parseNpmKeys(json({}))).toThrow(refused("unreadable"));
  });
  test("another key under the id of the one that signed: bad-signature", () => {
    const [named] = ours.keys().keys;
    const [other] = theirs.keys().keys;
    const keys = parseNpmKeys(json({ keys: [{ ...other, keyid: named?.keyid }] }));
    expect(() => verifyRegistrySignature(read(good), keys, { now: 0 })).toThrow(refused("bad-signature"));
  });
  test("npm's own keys are read, with their ends", () => {
    // As registry.npmjs.org gave them in 2025.
    const npm = {
      keyid: "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA",
      keytype: "ecdsa-sha2-nistp256",
      scheme: "ecdsa-sha2-nistp256",
      key: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==",
      expires: "2025-01-29T00:00:00.000Z",
    };
    expect(parseNpmKeys(json({ keys: [npm] }))).toMatchObject([{ keyId: npm.keyid, expires: Date.UTC(2025, 0, 29) }]);
  });
  test("an ended key counts only for what a log saw before", () => {
    expect(() => signed(good, ours, "2029-01-01T00:00:00Z")).toThrow(refused("expired-key"));
    expect(() => signed(good, ours, "2029-01-01T00:00:00Z", Date.UTC(2029, 0, 2))).toThrow(refused("expired-key"));
    expect(signed(good, ours, "2029-01-01T00:00:00Z", Date.UTC(2028, 0, 1)).keyId).toMatch(/^SHA256:/);
  });
});

describe("attestations", () => {
  test.each<[string, string, (made: Made) => void]>([
    ["no publish attestation", "no-publish", (made) => made.attestations.attestations.splice(0, 1)],
    ["no provenance", "no-provenance", (made) => made.attestations.attestations.splice(1, 1)],
    ["two provenances", "unreadable", (made) => made.attestations.attestations.push(attestation(made, 1))],
    [
      "the publish attestation shown as provenance",
      "untrusted",
      (made) => (attestation(made, 1).bundle = attestation(made, 0).bundle),
    ],
    [
      "the provenance shown as publish attestation",
      "unknown-key",
      (made) => (attestation(made, 0).bundle = attestation(made, 1).bundle),
    ],
    [
      "a spoilt publish signature",
      "bad-signature",
      (made) => {
        const [sig] = attestation(made, 0).bundle.dsseEnvelope.signatures;
        if (sig !== undefined) sig.sig = spoilt(sig.sig);
      },
    ],
    [
      "a provenance without a log entry",
      "untrusted",
      (made) => (attestation(made, 1).bundle.verificationMaterial.tlogEntries = []),
    ],
    [
      "a publish attestation without a log entry",
      "not-logged",
      (made) => (attestation(made, 0).bundle.verificationMaterial.tlogEntries = []),
    ],
    [
      "another's log entry",
      "not-logged",
      (made) =>
        (attestation(made, 1).bundle.verificationMaterial.tlogEntries = attestation(
          made,
          0,
        ).bundle.verificationMaterial.tlogEntries),
    ],
    [
      "a log time that the log did not promise",
      "not-logged",
      (made) => (attestation(made, 0).bundle.verificationMaterial.tlogEntries[0]!.integratedTime = "1600000000"),
    ],
    ["no bundle", "unreadable", (made) => ((attestation(made, 1) as { bundle: unknown }).bundle = { mediaType: 3 })],
    ["no list", "unreadable", (made) => ((made.attestations as { attestations: unknown }).attestations = "many")],
  ])("%s: %s", (_, code, change) => {
    expect(() => attested(changed(change))).toThrow(refused(code));
  });

  test("a changed statement holds no more", () => {
    const made = changed((all) => {
      const { dsseEnvelope } = attestation(all, 1).bundle;
      const said = Buffer.from(dsseEnvelope.payload, "base64").toString("utf8");
      dsseEnvelope.payload = Buffer.from(said.replace("bulkhead-example", "bulkhead-stolen!")).toString("base64");
    });
    expect(() => attested(made)).toThrow(NpmReleaseError);
  });

  test("of other authorities: untrusted; by another registry's key: unknown-key; by an ended one: expired-key", () => {
    expect(() => attested(good, { keys: theirs })).toThrow(refused("unknown-key"));
    expect(() => attested(good, { root: theirs })).toThrow(refused("not-logged"));
    expect(() => attested(good, { expires: "2020-01-01T00:00:00Z" })).toThrow(refused("expired-key"));
  });

  const away = "https://github.com/bulkhead-example/fork";
  test.each<[string, string, Making]>([
    ["another content", "other-package", { subject: { sha512: "0".repeat(128) } }],
    ["another version's name", "other-package", { subject: { name: "pkg:npm/bulkhead@0.1.9" } }],
    ["a publish predicate of another version", "other-package", { publish: { version: "0.1.9" } }],
    ["another issuer", "other-builder", { certified: { issuer: "https://issuer.example" } }],
    [
      "another builder, as it says",
      "other-builder",
      { claimed: { builder: "https://github.com/actions/runner/self-hosted" } },
    ],
    ["another builder, as the authority says", "other-builder", { certified: { runner: "self-hosted" } }],
    ["another source, as it says", "other-source", { claimed: { repository: away } }],
    ["another source, as the authority says", "other-source", { certified: { repository: away } }],
    ["another workflow, as it says", "other-workflow", { claimed: { workflow: ".github/workflows/test.yml" } }],
    [
      "another workflow, as the authority says",
      "other-workflow",
      { certified: { workflow: ".github/workflows/test.yml" } },
    ],
  ])("%s: %s", async (_, code, making) => {
    const made = await ours.release(making);
    expect(() => attested(made)).toThrow(refused(code));
  });

  test("an earlier release's attestations are not this one's", async () => {
    const earlier = await ours.release({ version: "0.1.9", archive: Buffer.from("earlier") });
    expect(() => attested({ ...good, attestations: earlier.attestations })).toThrow(refused("other-package"));
  });
});

test("property: one spoilt character anywhere is told by a NpmReleaseError, or changes nothing that counts", () => {
  const text = JSON.stringify(good.attestations);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom("A", "0", "}", '"', "é"), (at, by) => {
      const made = Buffer.from(`${text.slice(0, at)}${by}${text.slice(at + 1)}`);
      try {
        const { identity } = verifyNpmAttestations(read(good), made, {
          keys: parseNpmKeys(json(ours.keys())),
          root: parseTrustedRoot(ours.trustedRoot),
          demands,
        });
        expect(identity).toBe(`${demands.repository}/${demands.workflow}@refs/tags/v0.2.0`);
      } catch (error) {
        expect(error).toBeInstanceOf(NpmReleaseError);
      }
    }),
    { numRuns: 150 },
  );
});
