/**
 * What was verified of an image's signatures, written by the verifier and read by the image decider. A fact says who
 * signed what when; whether that suffices is the policy's to say. Plain data.
 */

/** Who signed: a public key that a policy names, or a certificate of an authority that a policy's trust root names. */
export type Signer =
  | {
      readonly type: "key";
      /** SHA-256 of the key's SubjectPublicKeyInfo, hexadecimal. */
      readonly keyId: string;
    }
  | {
      readonly type: "certificate";
      /** The trust root that it was verified with, by its id (SHA-256 of its JSON, hexadecimal). */
      readonly root: string;
      /** Who vouched for the identity: the OIDC issuer's URL. */
      readonly issuer: string;
      /** The certificate's subject alternative name: an address, a workflow's URL. */
      readonly identity: string;
    };

/** A transparency log's proof that it holds this very signature. */
export interface LogInclusion {
  /** The trust root whose log it is. */
  readonly root: string;
  readonly index: string;
}

/** What a verified attestation says, as far as policies ask. Every string is the signer's claim, bounded in length. */
export interface PredicateSummary {
  /** SLSA provenance: who built it. */
  readonly builder?: string;
  /** SLSA provenance: what it was built from, as the build was asked (not its dependencies). */
  readonly sources?: readonly string[];
  /** SBOM: how many packages it lists. */
  readonly packages?: number;
  /** Vulnerability scan: which scanner. */
  readonly scanner?: string;
}

/** What a signature says of itself that it is for: one namespace. Elsewhere it counts for nothing (`cosign sign -a`). */
export const signedForNamespace = "dev.bulkhead.namespace";

/** One signature that holds. */
export interface SignatureFact {
  readonly kind: "signature" | "attestation";
  readonly signer: Signer;
  /** The image's digest, which the signed bytes themselves name. */
  readonly digest: string;
  /** When it was signed, by a log's promise or a timestamp authority (RFC 3339); absent: nobody vouches for a time. */
  readonly time?: string;
  readonly logs: readonly LogInclusion[];
  /** An attestation's type, as its statement says it: `https://slsa.dev/provenance/v1`. */
  readonly predicateType?: string;
  readonly predicate?: PredicateSummary;
  /** The namespace that it is for, by its annotation `dev.bulkhead.namespace`; absent: it says none. "": it cannot be read. */
  readonly forNamespace?: string;
  /** `bundle`: Sigstore bundle among the referrers; `tag`: cosign's `.sig` and `.att` tags. */
  readonly form: "bundle" | "tag";
  /** The digest of the manifest that carries it. */
  readonly manifest: string;
}

/** Why something that was found does not count, or could not be looked at. */
export type SignatureFailureReason =
  /** No registry answered, or not in time: what is there is not known. */
  | "unreachable"
  /** Whoever was to read it crashed or was stopped: what is there is not known. */
  | "unread"
  /** The registry did not let us look. */
  | "unauthorized"
  /** More than we look at: what lies beyond is not known. */
  | "too-many"
  | "too-large"
  /** Not what its type says: broken JSON, missing fields, bytes of another digest. */
  | "unreadable"
  /** A form or algorithm that is not verified here. */
  | "unsupported"
  /** It signs another image: copied over. */
  | "other-digest"
  /** No key that a policy names verifies it, nor does it claim to be of one. */
  | "unknown-key"
  /** It claims a key that a policy names (or carries a certificate), and the signature is not of these bytes. */
  | "bad-signature"
  /** Its certificate is not one of a trust root's authorities, or was not logged as the trust root asks. */
  | "untrusted-certificate"
  /** A certificate without a time that a trust root vouches for. */
  | "no-trusted-time"
  /** The trust root names transparency logs, and none proves that it holds the signature. */
  | "not-logged"
  /** A log's entry or proof that does not fit the signature. */
  | "log-mismatch"
  /** A certificate, and no policy gives a trust root to verify it with. */
  | "no-trust-root";

export interface SignatureFailure {
  readonly reason: SignatureFailureReason;
  /** The manifest that carries it; absent where the search itself failed. */
  readonly manifest?: string;
}

/** All that is known about one digest's signatures. */
export interface SignatureFacts {
  readonly digest: string;
  readonly facts: readonly SignatureFact[];
  readonly failures: readonly SignatureFailure[];
  /** RFC 3339. */
  readonly checkedAt: string;
}
