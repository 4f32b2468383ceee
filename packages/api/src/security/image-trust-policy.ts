import type { LabelSelector } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

/** One registry and the repositories of it that may run. */
export interface TrustedImages {
  /** `host` or `host:port` as written in an image's full name (`docker.io` where it names none); `*`: any registry. */
  readonly registry: string;
  /** `shop/web` (exactly that), `shop/*` (everything below, at any depth), `*` (everything). */
  readonly repositories: readonly string[];
}

export const policyModes = ["Enforce", "Warn", "Audit"] as const;
export type PolicyMode = (typeof policyModes)[number];

/** What a finding does: nothing, a warning, or a refusal. */
export const imageOutcomes = ["Allow", "Warn", "Refuse"] as const;
export type ImageOutcome = (typeof imageOutcomes)[number];

/** From the mildest; `Negligible` is the vendor's word that it hardly matters. */
export const imageSeverities = ["Negligible", "Low", "Medium", "High", "Critical"] as const;
export type ImageSeverity = (typeof imageSeverities)[number];

/** What becomes of a pod that runs already and that the policy would not let start any more. */
export const runningPodActions = ["Report", "Isolate", "Replace"] as const;
export type RunningPodAction = (typeof runningPodActions)[number];

/** A Sigstore trusted root, given whole: nothing is fetched. */
export interface NamedTrustRoot {
  readonly name: string;
  /** JSON of application/vnd.dev.sigstore.trustedroot+json;version=0.1. */
  readonly trustedRoot: string;
}

export interface KeyAuthority {
  /** PEM: ECDSA P-256, P-384 or P-521, Ed25519, or RSA of 2048 bits and more. */
  readonly publicKey: string;
  /** The trust root whose transparency log must hold the signature; absent: no log is asked for. */
  readonly trustRoot?: string | undefined;
  /** Asks for no log, whatever the trust root says. */
  readonly ignoreTlog?: boolean | undefined;
}

/** A certificate of a trust root's authority. At least an issuer and an identity, exactly or as a pattern. */
export interface KeylessAuthority {
  readonly trustRoot: string;
  readonly issuer?: string | undefined;
  /** A regular expression (RE2) of which the whole issuer must be a match. */
  readonly issuerPattern?: string | undefined;
  readonly identity?: string | undefined;
  /** A regular expression (RE2) of which the whole identity must be a match. */
  readonly identityPattern?: string | undefined;
}

/** Who may sign: exactly one of `key` and `keyless`. */
export interface SigningAuthority {
  readonly name: string;
  readonly key?: KeyAuthority | undefined;
  readonly keyless?: KeylessAuthority | undefined;
}

/** A signed statement about the image that must be there. */
export interface AttestationRequirement {
  /** `https://slsa.dev/provenance/v1`, `https://cyclonedx.org/bom`, … */
  readonly predicateType: string;
  /** Whose statement counts, by name; absent: any of the requirement's authorities. */
  readonly authorities?: readonly string[] | undefined;
  /** Provenance: the builder's id; a `*` at the end stands for any rest. */
  readonly builder?: string | undefined;
  /** Provenance: what it was built from; a `*` at the end stands for any rest. */
  readonly source?: string | undefined;
}

export interface SignatureRequirement {
  /** `registry.example/shop/*`, `registry.example/shop/web`, `*`; absent: every image. */
  readonly images?: readonly string[] | undefined;
  /** Any (the default): one authority's signature suffices. All: each must have signed. */
  readonly require?: "Any" | "All" | undefined;
  readonly authorities: readonly SigningAuthority[];
  readonly attestations?: readonly AttestationRequirement[] | undefined;
}

export const vexStatuses = ["NotAffected", "Fixed", "Affected", "UnderInvestigation"] as const;
/** Why something is not affected, in OpenVEX's words. */
export const vexJustifications = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const;

/** What the policy itself says of a vulnerability. Its author is the policy. */
export interface PolicyVexStatement {
  /** By any of its names. */
  readonly vulnerability: string;
  /** `registry.example/shop/*`, `registry.example/shop/web`, `*`; absent: every image. */
  readonly images?: readonly string[] | undefined;
  /** Package URLs, with or without version; absent: every package. */
  readonly packages?: readonly string[] | undefined;
  /** NotAffected (with a justification or statement) and Fixed let the finding pass; the others are shown, and change nothing. */
  readonly status: (typeof vexStatuses)[number];
  readonly justification?: (typeof vexJustifications)[number] | undefined;
  /** Why, for people. */
  readonly statement?: string | undefined;
}

export interface VulnerabilityRule {
  /** The highest severity that passes; absent: any, so that only exploited and malicious ones are refused. */
  readonly highest?: ImageSeverity | "None" | undefined;
  /** How long after its fix came out a finding above that still passes, by severity: `72h`, `14d`; absent: not at all. */
  readonly deadlines?: Readonly<Partial<Record<ImageSeverity, string>>> | undefined;
  /** A finding above `highest` that has no fix yet; default Warn. */
  readonly unfixed?: ImageOutcome | undefined;
  /** Known to be exploited (CISA KEV), whatever its severity; default Refuse. */
  readonly exploited?: ImageOutcome | undefined;
  /**
   * Whose word that an image is not affected counts (the author of a VEX statement, by name), besides this policy's own
   * statements and signers: another policy's `ImageTrustPolicy/NAME`, its signer's `ImageTrustPolicy/NAME#SIGNER`.
   */
  readonly vexAuthors?: readonly string[] | undefined;
  /** Whose signed VEX attestations beside an image count. They sign no image. */
  readonly vexSigners?: readonly SigningAuthority[] | undefined;
  /** The policy's own statements. */
  readonly vex?: readonly PolicyVexStatement[] | undefined;
}

export interface MisconfigurationRule {
  /** The highest severity that passes. */
  readonly highest?: ImageSeverity | "None" | undefined;
  /** Checks that are refused whatever their severity, by their identifiers. */
  readonly refuse?: readonly string[] | undefined;
}

export interface ImageTrustPolicySpec {
  /** The namespaces it speaks for; absent or empty: all. */
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly allow: readonly TrustedImages[];
  /**
   * Enforce (the default): what no enforcing policy of the namespace lists, and what breaks a rule of this one, is refused.
   * Warn: it runs and is warned about. Audit: it runs, and the audit log and reports say so.
   */
  readonly mode?: PolicyMode | undefined;
  readonly trustRoots?: readonly NamedTrustRoot[] | undefined;
  /** Every requirement that speaks of an image must be met; those of other policies too. */
  readonly signatures?: readonly SignatureRequirement[] | undefined;
  readonly vulnerabilities?: VulnerabilityRule | undefined;
  /** A base or runtime whose maker has stopped mending it; default Allow. */
  readonly endOfLife?: ImageOutcome | undefined;
  readonly misconfigurations?: MisconfigurationRule | undefined;
  /** Secrets found in the image's files; default Allow. */
  readonly secrets?: ImageOutcome | undefined;
  /** What cannot be known: no or stale data, what a scan could not read. Never passes silently; default Warn. */
  readonly unknown?: "Warn" | "Refuse" | undefined;
  /** Default Report. */
  readonly runningPods?: RunningPodAction | undefined;
}

/** Says which images may run, cluster-scoped. A namespace that no policy speaks for runs none. */
export interface ImageTrustPolicy extends KubeObject {
  spec: ImageTrustPolicySpec;
}
