import type { Finding, JudgedPod } from "./finding.ts";
import type { PodSecurityLevel } from "./level.ts";

/** One control of the Pod Security Standards. */
export interface Check {
  /** Upstream's identifier; an Exception names it as its rule. */
  readonly id: string;
  readonly level: Exclude<PodSecurityLevel, "privileged">;
  /** The check of a lower level that this one stands in for. */
  readonly overrides?: string;
  /** What is looked for, from which minor version of the standards on; ascending. */
  readonly versions: readonly { readonly since: number; readonly find: (pod: JudgedPod) => Finding[] }[];
  /** Upstream's words for the findings left after exceptions; never called with none. */
  reason(findings: readonly Finding[]): string;
  detail(findings: readonly Finding[]): string;
}
