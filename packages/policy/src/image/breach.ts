/** The rules of the image decider, by the identifiers that refusals name and Exceptions lift. */
export const imageRules = [
  "trust",
  "signature",
  "attestation",
  "vulnerability",
  "exploited",
  "malicious",
  "end-of-life",
  "misconfiguration",
  "secret",
  "unknown",
  "scan",
  "break-glass",
] as const;
export type ImageRule = (typeof imageRules)[number];

/** One way in which an image does not meet a policy. */
export interface Breach {
  readonly rule: ImageRule;
  /** `hold`: it waits until it is known. */
  readonly outcome: "refuse" | "hold" | "warn";
  /** Ends the sentence "IMAGE may not run: ImageTrustPolicy NAME …". */
  readonly says: string;
  /** The field of the policy that is not met. */
  readonly policyField: string;
  /** What an Exception's value names: an identifier and its aliases. Absent: the image. */
  readonly names?: readonly string[];
  /** Whether advisories and scans alone can bring it about, with neither image nor policy changed. */
  readonly ofScan: boolean;
  /** What would pass, in words of one line. */
  readonly passing?: string;
}
