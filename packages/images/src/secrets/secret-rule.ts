/** `low`: within a published package, where examples and test keys lie that everyone has. */
export type SecretSeverity = "critical" | "high" | "medium" | "low";

/** A secret in a file of a layer. The value itself is nowhere in it. */
export interface SecretFinding {
  /** `aws-access-key`, or `secretlint/…` for a rule of theirs. */
  readonly rule: string;
  readonly severity: SecretSeverity;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** HMAC of the value under the scanner's own key: the same secret twice is seen to be one, the value is not told. */
  readonly fingerprint: string;
}
