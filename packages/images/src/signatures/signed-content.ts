import { createHash, type KeyObject, verify } from "node:crypto";
import type { Bundle, TransparencyLogEntry } from "@sigstore/bundle";
import { dsse } from "@sigstore/core";

/** A signature that was found, in the one form in which all are verified. */
export interface FoundSignature {
  readonly form: "bundle" | "tag";
  /** The digest of the manifest that carries it. */
  readonly manifest: string;
  readonly content: SignedContent;
  /** DER of the signing certificate; undefined: signed with a key. */
  readonly certificate: Buffer<ArrayBuffer> | undefined;
  /** Which key it claims, base64 of the SHA-256 of its SubjectPublicKeyInfo; "" where it claims none. */
  readonly hint: string;
  readonly logEntries: readonly TransparencyLogEntry[];
  /** RFC 3161 responses in DER. */
  readonly timestamps: readonly Buffer<ArrayBuffer>[];
}

/** The signed bytes and their signature; what an attestation signs is its envelope's pre-authentication encoding. */
export class SignedContent {
  readonly kind: "statement" | "simple-signing";
  readonly payload: Buffer;
  readonly signature: Buffer;
  readonly #signed: Buffer;

  private constructor(kind: SignedContent["kind"], payload: Buffer, signature: Buffer, signed: Buffer) {
    this.kind = kind;
    this.payload = payload;
    this.signature = signature;
    this.#signed = signed;
  }

  /** A DSSE envelope's in-toto statement. */
  static statement(payloadType: string, payload: Buffer, signature: Buffer): SignedContent {
    return new SignedContent("statement", payload, signature, dsse.preAuthEncoding(payloadType, payload));
  }

  /** cosign's older form: the payload itself is signed. */
  static simpleSigning(payload: Buffer, signature: Buffer): SignedContent {
    return new SignedContent("simple-signing", payload, signature, payload);
  }

  compareSignature(other: Buffer): boolean {
    return this.signature.equals(other);
  }

  compareDigest(digest: Buffer): boolean {
    return sameDigest(this.payload, digest);
  }

  compareSignedDigest(digest: Buffer): boolean {
    return sameDigest(this.#signed, digest);
  }

  verifySignature(key: KeyObject): boolean {
    return hashesFor(key).some((hash) => {
      try {
        return verify(hash, this.#signed, key, this.signature);
      } catch {
        // A signature that is no signature at all (a broken DER sequence) is said by throwing.
        return false;
      }
    });
  }
}

const hashOfLength: Readonly<Record<number, string>> = { 32: "sha256", 48: "sha384", 64: "sha512" };

function sameDigest(bytes: Buffer, digest: Buffer): boolean {
  const hash = hashOfLength[digest.length];
  return hash !== undefined && createHash(hash).update(bytes).digest().equals(digest);
}

/** cosign hashes with SHA-256 whatever the curve; newer clients with the curve's own. Ed25519 hashes by itself. */
function hashesFor(key: KeyObject): readonly (string | null)[] {
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return [null];
    case "ec":
    case "rsa":
      return ["sha256", "sha384", "sha512"];
    default:
      return [];
  }
}

/** The parts of a Sigstore bundle; undefined for what is not an in-toto statement in a DSSE envelope. */
export function fromBundle(bundle: Bundle, manifest: string): FoundSignature | undefined {
  if (bundle.content.$case !== "dsseEnvelope") return undefined;
  const { payloadType, payload, signatures } = bundle.content.dsseEnvelope;
  const [signature] = signatures;
  if (payloadType !== statementType || signature === undefined || signatures.length !== 1) return undefined;
  const { content, tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  return {
    form: "bundle",
    manifest,
    content: SignedContent.statement(payloadType, payload, signature.sig),
    certificate: certificateOf(content),
    hint: content.$case === "publicKey" ? content.publicKey.hint : "",
    logEntries: tlogEntries,
    timestamps: (timestampVerificationData?.rfc3161Timestamps ?? []).map((t) => Buffer.from(t.signedTimestamp)),
  };
}

/** The media type of an in-toto statement in a DSSE envelope. */
export const statementType = "application/vnd.in-toto+json";

function certificateOf(content: Bundle["verificationMaterial"]["content"]): Buffer<ArrayBuffer> | undefined {
  switch (content.$case) {
    case "publicKey":
      return undefined;
    case "certificate":
      return Buffer.from(content.certificate.rawBytes);
    case "x509CertificateChain":
      return Buffer.from(content.x509CertificateChain.certificates[0]?.rawBytes ?? "");
  }
}
