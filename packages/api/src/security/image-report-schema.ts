import type { JSONSchemaProps } from "../generated/types.ts";
import { count, list, object, text } from "./schema-parts.ts";

const word = (description: string): JSONSchemaProps => text(description, { maxLength: 2048 });
const time = (description: string): JSONSchemaProps => text(description, { format: "date-time" });

const counts = object(
  "Findings by severity, and those that weigh more than any severity.",
  [],
  Object.fromEntries(
    [
      "critical",
      "high",
      "medium",
      "low",
      "negligible",
      "unknown",
      "fixable",
      "exploited",
      "malicious",
      "misconfigurations",
      "secrets",
    ].map((name) => [name, count(`How many are ${name}.`)]),
  ),
);

const signature = object("A signature that holds.", ["kind", "signer", "digest", "form", "manifest"], {
  kind: word("signature or attestation"),
  signer: object("Who signed.", ["type"], {
    type: word("key or certificate"),
    keyId: word("SHA-256 of the key."),
    root: word("SHA-256 of the trust root."),
    issuer: word("The OIDC issuer."),
    identity: word("The certificate's identity."),
  }),
  digest: word("The image's digest."),
  time: time("When it was signed, where somebody vouches for it."),
  logs: list(
    "Transparency logs that hold it.",
    16,
    object("A log's entry.", ["root", "index"], { root: word("The trust root."), index: word("The entry.") }),
  ),
  predicateType: word("An attestation's type."),
  predicate: object("What an attestation says, in short.", [], {
    builder: word("Provenance: who built it."),
    sources: list("Provenance: what it was built from.", 16, word("A source.")),
    packages: count("SBOM: how many packages."),
    scanner: word("Vulnerability scan: which scanner."),
  }),
  form: word("bundle or tag"),
  manifest: word("The manifest that carries it."),
});

const report = object(
  "The short of what is known about an image; the whole is fetched by its digest.",
  ["digest", "verdict"],
  {
    digest: text("The image's digest.", { pattern: "^sha(256|384|512):[0-9a-f]{64,128}$", maxLength: 135 }),
    images: list("Under which names it runs here.", 32, word("An image's name.")),
    scannedAt: time("When it was scanned; absent: not yet."),
    counts,
    sources: list(
      "The advisories that it was matched with, and their age.",
      64,
      object("A source.", ["name"], {
        name: word("Its name."),
        records: count("How many records it holds."),
        checkedAt: time("When it was last taken in or found unchanged."),
        stale: word("Why it is too old to be believed whole."),
      }),
    ),
    signatures: list("Signatures and attestations that hold.", 64, signature),
    signatureFailures: list(
      "Signatures that were found and do not count.",
      64,
      object("A failure.", ["reason"], { reason: word("Why."), manifest: word("The manifest that carries it.") }),
    ),
    blindSpots: list(
      "What the scan could not look into.",
      32,
      object("A blind spot.", ["what"], {
        what: word("Which kind."),
        where: word("Where."),
        why: word("Why, and what it means."),
      }),
    ),
    verdict: object("What the policies of the namespace say.", ["decision"], {
      decision: text("Allow, Warn, Hold or Refuse.", { enum: ["Allow", "Warn", "Hold", "Refuse"] }),
      rules: list("The rules that made it so.", 64, word("A rule.")),
      message: text("In words.", { maxLength: 8192 }),
    }),
  },
);

export const imageReport: JSONSchemaProps = object(
  "ImageReport sums up what is known about an image that its namespace runs.",
  ["report"],
  { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" }, report },
);
