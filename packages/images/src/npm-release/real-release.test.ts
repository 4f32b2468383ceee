import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseTrustedRoot } from "../signatures/trust.ts";
import { type BuildDemands, verifyNpmAttestations } from "./attestations.ts";
import type { NpmRelease } from "./npm-release.ts";
import { NpmReleaseError } from "./npm-release-error.ts";
import { parseNpmKeys, verifyRegistrySignature } from "./registry-signature.ts";

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const keys = parseNpmKeys(fixture("sigstore-npm-keys.json"));
const root = parseTrustedRoot(fixture("trusted_root.json").toString("utf8"));
const document = fixture("gundam-visor-1.0.1.attestations.json");
const demands: BuildDemands = {
  issuer: "https://token.actions.githubusercontent.com",
  builder: "https://github.com/actions/runner/github-hosted",
  repository: "https://github.com/ramonpetgrave64/gundam-visor",
  workflow: ".github/workflows/npm-publish.yml",
};
/** SHA-512 of the archive that lies beside the attestations where they are from. */
const sha512 =
  "8d9d7972f676516c75014aa074e11ae604d98f0b64ec6725a61e2838ff3dab162118fa71433fb31e1550d30bd0dec9d086ce032b94457b583900c507acf39c40";
const release: NpmRelease = {
  name: "gundam-visor",
  version: "1.0.1",
  integrity: `sha512-${Buffer.from(sha512, "hex").toString("base64")}`,
  sha512,
  tarball: undefined,
  signatures: [],
};
const verified = (from: Uint8Array = document, of: NpmRelease = release, demanded = demands) =>
  verifyNpmAttestations(of, from, { keys, root, demands: demanded });
const refused = (code: string) => expect.objectContaining({ name: "NpmReleaseError", code });

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every value that is no list and no object, by its path. */
const leaves = (value: Json, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, each]) => leaves(each as Json, [...path, key]))
    : [path];

/** The same with another value there. */
function exchanged(value: Json, [key, ...rest]: readonly string[]): Json {
  if (key === undefined) return other(value);
  if (Array.isArray(value)) return value.map((each, at) => (String(at) === key ? exchanged(each, rest) : each));
  const inside = value as { [key: string]: Json };
  return { ...inside, [key]: exchanged(inside[key] ?? null, rest) };
}

/** One character exchanged for another of its sort, in the middle. */
function other(value: Json): Json {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const at = Math.floor(text.length / 2);
  const by = /[0-9]/.test(text[at] ?? "") ? (text[at] === "1" ? "2" : "1") : text[at] === "A" ? "B" : "A";
  return `${text.slice(0, at)}${by}${text.slice(at + 1)}`;
}

describe("a real release of npm, built by GitHub, in Sigstore's log", () => {
  test("holds: published when the log says, built from where its certificate says", () => {
    expect(verified()).toEqual({
      published: 1_717_453_081_000,
      identity: `${demands.repository}/${demands.workflow}@refs/tags/v1.0.1`,
    });
  });

  const whole = JSON.parse(document.toString("utf8")) as Json;

  /** Nobody goes by these: the log's signed checkpoint says root and size again, and a key is found by the hint. */
  const idle = /(?:\.inclusionProof\.(?:rootHash|treeSize)|\.signatures\.0\.keyid)$/;

  test("with any field of the document changed it does not, but for three that nothing is taken from", () => {
    const fields = leaves(whole).map((path) => ({ path, name: path.join(".") }));
    expect(fields.length).toBeGreaterThan(60);
    const passed = fields.filter(({ path }) => {
      try {
        verified(Buffer.from(JSON.stringify(exchanged(whole, path))));
        return true;
      } catch (error) {
        if (!(error instanceof NpmReleaseError)) throw error;
        return false;
      }
    });
    expect(passed.map(({ name }) => name)).toEqual(fields.map(({ name }) => name).filter((name) => idle.test(name)));
  });

  test("with any field of what was signed changed it does not", () => {
    const { attestations } = whole as { attestations: { bundle: { dsseEnvelope: { payload: string } } }[] };
    for (const [at, { bundle }] of attestations.entries()) {
      const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, "base64").toString("utf8")) as Json;
      const fields = leaves(statement);
      expect(fields.length).toBeGreaterThan(5);
      for (const path of fields) {
        const changed = structuredClone(attestations);
        const payload = Buffer.from(JSON.stringify(exchanged(statement, path))).toString("base64");
        (changed[at] as (typeof attestations)[number]).bundle.dsseEnvelope.payload = payload;
        expect(() => verified(Buffer.from(JSON.stringify({ attestations: changed }))), path.join(".")).toThrow(
          NpmReleaseError,
        );
      }
    }
  });

  test.each<[string, string, Partial<NpmRelease>, Partial<BuildDemands>]>([
    ["another archive", "other-package", { sha512: sha512.replace("8", "9") }, {}],
    ["another version", "other-package", { version: "1.0.2" }, {}],
    ["another package", "other-package", { name: "gundam-visors" }, {}],
    ["another issuer demanded", "other-builder", {}, { issuer: "https://gitlab.com" }],
    ["another builder demanded", "other-builder", {}, { builder: "https://github.com/actions/runner/self-hosted" }],
    ["another source demanded", "other-source", {}, { repository: `${demands.repository}s` }],
    ["another workflow demanded", "other-workflow", {}, { workflow: ".github/workflows/release.yml" }],
  ])("%s: %s", (_, code, of, demanded) => {
    expect(() => verified(document, { ...release, ...of }, { ...demands, ...demanded })).toThrow(refused(code));
  });
});

describe("a real signature of npm's", () => {
  const integrity = "sha512-QqZ7VJ/8xPkS9s2IWB7Shj3qTJdcRyeXKbPQnsZjsPEwvutGv0EGeVchPcauoiDFJlGbZMFq5GDCurAGNSghJQ==";
  const keyId = "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA";
  const sig = "MEUCIDrLNspFeU5NZ6d55ycVBZIMXnPJi/XnI1Y2dlJvK8P1AiEAnXjn1IOMUd+U7YfPH+FNjwfLq+jCwfH8uaxocq+mpPk=";
  const signed: NpmRelease = {
    name: "kms-demo",
    version: "1.0.0",
    integrity,
    sha512: Buffer.from(integrity.slice(7), "base64").toString("hex"),
    tarball: undefined,
    signatures: [{ keyId, sig }],
  };
  const [before, after] = [Date.UTC(2024, 0, 1), Date.UTC(2026, 0, 1)];

  test("holds while its key counts, and not after it ended", () => {
    expect(verifyRegistrySignature(signed, keys, { now: before }).keyId).toBe(keyId);
    expect(() => verifyRegistrySignature(signed, keys, { now: after })).toThrow(refused("expired-key"));
    expect(verifyRegistrySignature(signed, keys, { now: after, logged: before }).keyId).toBe(keyId);
  });

  test.each<[string, string, Partial<NpmRelease>]>([
    ["name", "bad-signature", { name: "kms-demos" }],
    ["version", "bad-signature", { version: "1.0.1" }],
    ["content", "bad-signature", { integrity: integrity.replace("Qq", "qQ") }],
    ["signature", "bad-signature", { signatures: [{ keyId, sig: sig.replace("NspFe", "NspFf") }] }],
    ["key's name", "unknown-key", { signatures: [{ keyId: keyId.replace("jl3", "jl4"), sig }] }],
    // The key of today did not sign it.
    ["key", "bad-signature", { signatures: [{ keyId: keys.at(-1)?.keyId ?? "", sig }] }],
  ])("with another %s: %s", (_, code, more) => {
    expect(() => verifyRegistrySignature({ ...signed, ...more }, keys, { now: before })).toThrow(refused(code));
  });
});
