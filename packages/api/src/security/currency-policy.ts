import type { KubeObject } from "../object.ts";
import type { UpdateWindow } from "./update-policy.ts";

/** Whose updates wait for a person: nobody's, those that mend nothing known, all. */
export const currencyApprovalRules = ["None", "Ordinary", "All"] as const;
export type CurrencyApprovalRule = (typeof currencyApprovalRules)[number];

/** `Report`, the default: what would be done is told, and nothing is done. */
export const currencyActions = ["Report", "Apply"] as const;
export type CurrencyAction = (typeof currencyActions)[number];

/** How Bulkhead itself is called where parts are: it is none, and a policy speaks for it only by this name. */
export const bulkheadItself = "bulkhead";

export interface CurrencyPolicySpec {
  /** `runc`, `containerd`, …, and `bulkhead` for Bulkhead itself; absent: every part, and not Bulkhead. */
  readonly parts?: readonly string[] | undefined;
  /** When an update may begin; absent: at any time. */
  readonly windows?: readonly UpdateWindow[] | undefined;
  /** How long a revision must have been offered; default 72h. */
  readonly cooldown?: string | undefined;
  /** Default `None`. */
  readonly approval?: CurrencyApprovalRule | undefined;
  /** What mends a known flaw waits for no window, no cooldown and no hold; default true. */
  readonly exemptSecurityFixes?: boolean | undefined;
  readonly action?: CurrencyAction | undefined;
}

/** When, and with whose word, the machine's parts and Bulkhead itself are brought up to date. Without one nothing is done by itself. */
export interface CurrencyPolicy extends KubeObject {
  spec: CurrencyPolicySpec;
}

export interface CurrencyApprovalSpec {
  readonly part: string;
  /** The one version that it is for. */
  readonly version: string;
  readonly reason?: string | undefined;
  /** Who asked the API server to write it; set by the server. */
  readonly author: string;
  /** RFC 3339; from this moment on it counts no more. */
  readonly expires: string;
}

/** Somebody's yes to one version of one part, or of Bulkhead, for a while. */
export interface CurrencyApproval extends KubeObject {
  spec: CurrencyApprovalSpec;
}
