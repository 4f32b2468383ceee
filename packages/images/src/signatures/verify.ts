import { X509Certificate as NodeCertificate } from "node:crypto";
import type { LogInclusion, SignatureFact, SignatureFailureReason, Signer } from "@bulkhead/api";
import { RFC3161Timestamp, X509Certificate } from "@sigstore/core";
import { type SignedEntity, VerificationError, Verifier } from "@sigstore/verify";
import type { JsonObject } from "./bounded-json.ts";
import { readSimpleSigning, readStatement, type Statement, summarise } from "./predicate.ts";
import type { FoundSignature } from "./signed-content.ts";
import type { SignatureTrust, TrustedKey, TrustedRootMaterial } from "./trust.ts";

/** Either facts (one a trust root that verifies it) or the reason why it does not count. */
export type Verified =
  | { readonly facts: readonly SignatureFact[]; readonly predicate: JsonObject }
  | { readonly reason: SignatureFailureReason };

interface Signed {
  readonly signer: Signer;
  readonly logs: readonly LogInclusion[];
  readonly time: string | undefined;
}

/**
 * Verifies one signature of an image. In this order: who signed these bytes; do the bytes speak of this digest; what
 * do they say. Nothing of the payload is believed before its signature holds.
 */
export function verifySignature(found: FoundSignature, digest: string, trust: SignatureTrust): Verified {
  const signed = found.certificate === undefined ? byKey(found, trust) : byCertificate(found, found.certificate, trust);
  if (!Array.isArray(signed)) return { reason: signed as SignatureFailureReason };
  const statement = read(found);
  if (statement === undefined) return { reason: "unreadable" };
  if (!statement.speaksOf(digest)) return { reason: "other-digest" };
  const { predicateType, predicate } = statement;
  const forNamespace = statement.forNamespace(digest);
  return {
    predicate,
    facts: (signed as readonly Signed[]).map(({ signer, logs, time }) => ({
      kind: predicateType === undefined ? "signature" : "attestation",
      signer,
      digest,
      ...(time === undefined ? {} : { time }),
      logs,
      ...(predicateType === undefined ? {} : { predicateType, predicate: summarise(predicateType, predicate) }),
      ...(forNamespace === undefined ? {} : { forNamespace }),
      form: found.form,
      manifest: found.manifest,
    })),
  };
}

const read = ({ content }: FoundSignature): Statement | undefined =>
  content.kind === "statement" ? readStatement(content.payload) : readSimpleSigning(content.payload);

function byKey(found: FoundSignature, trust: SignatureTrust): readonly Signed[] | SignatureFailureReason {
  const { content, hint } = found;
  const key = trust.keys.find((candidate) => content.verifySignature(candidate.key));
  if (key === undefined) {
    const claimed = trust.keys.some(({ keyId }) => Buffer.from(keyId, "hex").toString("base64") === hint);
    return claimed ? "bad-signature" : "unknown-key";
  }
  const logs = trust.roots.filter((root) => logged(found, key, root)).map(({ id }) => inclusion(found, id));
  return [{ signer: { type: "key", keyId: key.keyId }, logs, time: logs.length === 0 ? undefined : logTime(found) }];
}

/** Whether the root's logs hold a signature by this key. A log that does not is no failure: keys may do without. */
function logged(found: FoundSignature, { key }: TrustedKey, { material }: TrustedRootMaterial): boolean {
  if (found.logEntries.length === 0 || material.tlogs.length === 0) return false;
  const anyTime = { publicKey: key, validFor: () => true };
  const verifier = new Verifier(
    { ...material, publicKey: () => anyTime },
    { tlogThreshold: 1, timestampThreshold: 0, ctlogThreshold: 0 },
  );
  try {
    verifier.verify(entityOf(found, { $case: "public-key", hint: "" }, { logs: true, timestamps: "none" }));
    return true;
  } catch {
    return false;
  }
}

function byCertificate(
  found: FoundSignature,
  der: Buffer<ArrayBuffer>,
  trust: SignatureTrust,
): readonly Signed[] | SignatureFailureReason {
  if (trust.roots.length === 0) return "no-trust-root";
  const signed: Signed[] = [];
  let reason: SignatureFailureReason = "untrusted-certificate";
  for (const root of trust.roots) {
    try {
      signed.push(certified(found, der, root));
    } catch (error) {
      const said = reasonOf(error);
      // Of several roots the one that knew the certificate says more than those that did not.
      if (said !== "untrusted-certificate") reason = said;
    }
  }
  return signed.length > 0 ? signed : reason;
}

/** What the trust root names is required: its transparency logs, its certificate logs, a time in any case. */
function certified(found: FoundSignature, der: Buffer<ArrayBuffer>, root: TrustedRootMaterial): Signed {
  const { material } = root;
  const hasLogs = material.tlogs.length > 0;
  const hasStamps = material.timestampAuthorities.length > 0;
  const verifier = new Verifier(material, {
    tlogThreshold: hasLogs ? 1 : 0,
    ctlogThreshold: material.ctlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  });
  const certificate = X509Certificate.parse(der);
  // A time that a log promises counts only where that log is verified too.
  const timestamps = hasLogs ? (hasStamps ? "all" : "logs") : hasStamps ? "authorities" : "none";
  const entity = entityOf(found, { $case: "certificate", certificate }, { logs: hasLogs, timestamps });
  const { identity } = verifier.verify(entity);
  if (!new NodeCertificate(der).keyUsage?.includes(codeSigning)) throw new UnusableCertificate();
  const subject = identity?.subjectAlternativeName;
  const issuer = identity?.extensions?.issuer;
  if (!printable(subject) || !printable(issuer)) throw new UnusableCertificate();
  const stamped = entity.timestamps.find((t) => t.$case === "timestamp-authority");
  return {
    signer: { type: "certificate", root: root.id, issuer, identity: subject },
    logs: hasLogs ? [inclusion(found, root.id)] : [],
    time: stamped?.timestamp.signingTime.toISOString() ?? logTime(found),
  };
}

const codeSigning = "1.3.6.1.5.5.7.3.3";

/** Of a trusted authority, and yet not a certificate to sign code with, or without a name that can be compared. */
class UnusableCertificate extends Error {}

const printable = (text: string | undefined): text is string =>
  text !== undefined && text.length <= 1024 && /^[!-~]+$/.test(text);

const inclusion = (found: FoundSignature, root: string): LogInclusion => ({
  root,
  index: found.logEntries[0]?.logIndex ?? "",
});

/** The time that a log promised, where it did; to be called only after that promise was verified. */
function logTime({ logEntries }: FoundSignature): string | undefined {
  const entry = logEntries.find((e) => e.inclusionPromise !== undefined);
  const seconds = Number(entry?.integratedTime ?? 0);
  return seconds > 0 ? new Date(seconds * 1000).toISOString() : undefined;
}

interface Parts {
  readonly logs: boolean;
  readonly timestamps: "all" | "logs" | "authorities" | "none";
}

function entityOf(found: FoundSignature, key: SignedEntity["key"], parts: Parts): SignedEntity {
  const fromLogs = parts.timestamps === "all" || parts.timestamps === "logs";
  const fromAuthorities = parts.timestamps === "all" || parts.timestamps === "authorities";
  return {
    signature: found.content,
    key,
    tlogEntries: parts.logs ? [...found.logEntries] : [],
    timestamps: [
      ...(fromLogs ? found.logEntries : [])
        .filter((entry) => Number(entry.integratedTime) > 0)
        .map((tlogEntry) => ({ $case: "transparency-log" as const, tlogEntry })),
      ...(fromAuthorities ? found.timestamps : []).map((der) => ({
        $case: "timestamp-authority" as const,
        timestamp: RFC3161Timestamp.parse(der),
      })),
    ],
  };
}

function reasonOf(error: unknown): SignatureFailureReason {
  if (error instanceof UnusableCertificate) return "untrusted-certificate";
  // Certificates and timestamps are hostile input: what cannot be parsed throws errors of many classes.
  if (!(error instanceof VerificationError)) return "unreadable";
  switch (error.code) {
    case "CERTIFICATE_ERROR":
    case "PUBLIC_KEY_ERROR":
      return "untrusted-certificate";
    case "SIGNATURE_ERROR":
      return "bad-signature";
    case "TIMESTAMP_ERROR":
      return "no-trusted-time";
    case "TLOG_ERROR":
    case "TLOG_MISSING_INCLUSION_ERROR":
      return "not-logged";
    case "TLOG_INCLUSION_PROOF_ERROR":
    case "TLOG_INCLUSION_PROMISE_ERROR":
    case "TLOG_BODY_ERROR":
      return "log-mismatch";
    case "NOT_IMPLEMENTED_ERROR":
      return "unsupported";
  }
}
