import type { Condition } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

export const briefScheduleRoles = ["developer", "operator", "auditor"] as const;
export const briefForms = ["text", "markdown", "html"] as const;
export type BriefForm = (typeof briefForms)[number];

/** The one Secret of kube-system whose keys a BriefSchedule may name: whoever sends may read no other. */
export const briefSecretName = "bulkhead-brief";

/** An annotation of a BriefSchedule: a time (RFC 3339) at which it is due besides; whoever writes it asks for one more. */
export const briefSendAtAnnotation = "security.bulkhead.dev/send-at";

/** Where a brief is sent, by POST. */
export interface BriefWebhook {
  /** `https://` alone. */
  readonly url: string;
  /** PEM of the authorities that its certificate may be of, in base64; absent: the public ones. */
  readonly caBundle?: string | undefined;
  /** A header whose value is a key of the Secret `briefSecretName`. */
  readonly header?: { readonly name: string; readonly secretKey: string } | undefined;
  /** Signs by HMAC-SHA256 with a key of that Secret: over the time, a full stop and the body. */
  readonly signature?: { readonly secretKey: string } | undefined;
}

export interface BriefScheduleSpec {
  /** Five fields of cron: `0 8 * * 1`. */
  readonly schedule: string;
  /** An IANA name; default UTC. */
  readonly timeZone?: string | undefined;
  /** Default operator. */
  readonly role?: (typeof briefScheduleRoles)[number] | undefined;
  /** Default markdown. */
  readonly form?: BriefForm | undefined;
  /** How far back it looks; default 7d. */
  readonly since?: string | undefined;
  readonly paused?: boolean | undefined;
  readonly webhook: BriefWebhook;
}

/** How far one period has come. Sending is written before anything is sent: what breaks off there is not sent again. */
export const briefPhases = ["Sending", "Sent", "Failed", "GivenUp", "Unknown"] as const;
export type BriefPhase = (typeof briefPhases)[number];

export interface BriefScheduleStatus {
  readonly observedGeneration?: number;
  /** `Accepted`: it is understood; `Sent`: the last period's brief has arrived. */
  readonly conditions?: readonly Condition[];
  /** The period that was worked on last: when it was due. RFC 3339, as all times here. */
  readonly period?: string;
  readonly phase?: BriefPhase;
  /** How often it was tried for that period. */
  readonly attempts?: number;
  readonly lastSent?: string;
  readonly lastError?: string;
  /** When it is sent or tried next. */
  readonly next?: string;
}

/** Sends a security brief to a webhook, again and again. */
export interface BriefSchedule extends KubeObject {
  spec: BriefScheduleSpec;
  status?: BriefScheduleStatus;
}
