import { generateKeyPairSync } from "node:crypto";
import {
  type ImageTrustPolicy,
  publicKeyId,
  type SignatureFact,
  trustRootId,
  type VulnerabilityRule,
} from "@bulkhead/api";
import { expect, test } from "vitest";
import { compileVexSigners, vexNeeds } from "./vex.ts";

const pem = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }).toString();
const key = pem();
const root = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';

const policy = (name: string, vulnerabilities: VulnerabilityRule): ImageTrustPolicy => ({
  apiVersion: "security.bulkhead.dev/v1alpha1",
  kind: "ImageTrustPolicy",
  metadata: { name },
  spec: { allow: [], trustRoots: [{ name: "own", trustedRoot: root }], vulnerabilities },
});
const fact = (signer: SignatureFact["signer"]): SignatureFact => ({
  kind: "attestation",
  signer,
  digest: "sha256:0",
  logs: [],
  form: "bundle",
  manifest: "sha256:1",
});

test("a policy's statements are of the images that it names, under its own name", () => {
  const needs = vexNeeds(
    [
      policy("b", { vex: [{ vulnerability: "CVE-2", status: "Fixed", images: ["registry.example/other"] }] }),
      policy("a", {
        vex: [
          { vulnerability: "CVE-1", status: "NotAffected", images: ["registry.example/shop/*"], statement: "why" },
          { vulnerability: "CVE-3", status: "Affected" },
        ],
        vexAuthors: ["ImageTrustPolicy/b", "unverified: x"],
      }),
    ],
    ["registry.example/shop/web:1", "no image at all!"],
  );
  expect(needs.said).toMatchObject([
    { author: "ImageTrustPolicy/a", vulnerability: "CVE-1", status: "NotAffected", statement: "why" },
    { author: "ImageTrustPolicy/a", vulnerability: "CVE-3", status: "Affected" },
  ]);
  expect(needs.authors).toEqual(["ImageTrustPolicy/a", "ImageTrustPolicy/b"]);
});

test("a signer is an author by key, or by certificate of the very root, issuer and identity", () => {
  const keyless = {
    trustRoot: "own",
    issuer: "https://issuer.example",
    identityPattern: "https://vendor\\.example/.*",
  };
  const { signers } = vexNeeds(
    [
      policy("a", {
        vexSigners: [
          { name: "key", key: { publicKey: key } },
          { name: "web", keyless },
        ],
      }),
      policy("b", { vexSigners: [{ name: "vendor", key: { publicKey: key } }] }),
    ],
    [],
  );
  // As it is handed to another process.
  const { keys, trustRoots, authorsOf } = compileVexSigners(JSON.parse(JSON.stringify(signers)) as typeof signers);
  expect([keys, trustRoots]).toEqual([[key], [root]]);
  expect(authorsOf(fact({ type: "key", keyId: publicKeyId(key) ?? "" }))).toEqual([
    "ImageTrustPolicy/a#key",
    "ImageTrustPolicy/b#vendor",
  ]);
  expect(authorsOf(fact({ type: "key", keyId: publicKeyId(pem()) ?? "" }))).toEqual([]);
  const certificate = {
    type: "certificate",
    root: trustRootId(root),
    issuer: "https://issuer.example",
    identity: "https://vendor.example/vex",
  } as const;
  expect(authorsOf(fact(certificate))).toEqual(["ImageTrustPolicy/a#web"]);
  for (const other of [{ root: "other" }, { issuer: "https://other.example" }, { identity: "https://evil.example/" }])
    expect(authorsOf(fact({ ...certificate, ...other }))).toEqual([]);
});
