/** How much of a request is recorded, as in audit.k8s.io/v1. */
export type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";

/** When in a request's life the record was made. */
export type AuditStage = "RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic";

export interface AuditUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface AuditObjectRef {
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly apiGroup?: string;
  readonly apiVersion?: string;
  readonly resourceVersion?: string;
  readonly subresource?: string;
}

export interface AuditResponseStatus {
  readonly code: number;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The record of one request: audit.k8s.io/v1 Event. Bodies only where the policy asks, and then redacted. */
export interface AuditEvent {
  readonly kind: "Event";
  readonly apiVersion: "audit.k8s.io/v1";
  readonly level: AuditLevel;
  readonly auditID: string;
  readonly stage: AuditStage;
  /** Path and query; tokens in a query are redacted by `auditRecord`. */
  readonly requestURI: string;
  readonly verb: string;
  readonly user: AuditUser;
  readonly impersonatedUser?: AuditUser;
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: AuditObjectRef;
  readonly responseStatus?: AuditResponseStatus;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The order in which a record's fields stand: equal events are equal bytes. */
const fieldOrder: readonly (keyof AuditEvent)[] = [
  "kind",
  "apiVersion",
  "level",
  "auditID",
  "stage",
  "requestURI",
  "verb",
  "user",
  "impersonatedUser",
  "sourceIPs",
  "userAgent",
  "objectRef",
  "responseStatus",
  "requestObject",
  "responseObject",
  "requestReceivedTimestamp",
  "stageTimestamp",
  "annotations",
];

/** Long texts that a client chooses are cut, so that one request cannot fill the log. In UTF-16 units. */
const longest = { requestURI: 4096, userAgent: 512, message: 1024 } as const;

/** Query parameters whose values are credentials. */
const secretParameters = /([?&](?:access_token|token|id_token|code|password|X-Amz-Signature)=)[^&#]*/gi;

/**
 * The canonical bytes of an event: fields in a fixed order, keys of maps sorted, JSON, UTF-8. What is chained is these
 * bytes.
 */
export function auditRecord(event: AuditEvent): Uint8Array {
  const tidy: AuditEvent = {
    ...event,
    requestURI: cut(event.requestURI.replace(secretParameters, "$1REDACTED"), longest.requestURI),
    ...(event.userAgent === undefined ? {} : { userAgent: cut(event.userAgent, longest.userAgent) }),
    ...(event.responseStatus?.message === undefined
      ? {}
      : { responseStatus: { ...event.responseStatus, message: cut(event.responseStatus.message, longest.message) } }),
  };
  const ordered: Record<string, unknown> = {};
  for (const field of fieldOrder) if (tidy[field] !== undefined) ordered[field] = sorted(tidy[field]);
  return Buffer.from(JSON.stringify(ordered));
}

/** Reads a record back. Undefined when it is not an event: a reader shows it as damaged, and goes on. */
export function parseAuditRecord(record: Uint8Array): AuditEvent | undefined {
  try {
    const event = JSON.parse(Buffer.from(record).toString("utf8")) as AuditEvent | null;
    return event?.kind === "Event" && typeof event.verb === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value).toSorted()) result[key] = sorted((value as Record<string, unknown>)[key]);
  return result;
}
