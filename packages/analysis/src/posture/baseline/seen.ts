import type { Evaluation } from "../evaluate.ts";

/** Since when a finding fails, and when it was last seen to; milliseconds since the epoch. */
export interface Seen {
  readonly first: number;
  readonly last: number;
}

/** First and last sight of findings by their id: plain data, written as JSON. */
export interface SeenFindings {
  readonly kind: "PostureSeen";
  readonly version: 1;
  readonly findings: Readonly<Record<string, Seen>>;
}

export const nothingSeen: SeenFindings = { kind: "PostureSeen", version: 1, findings: {} };

const earlier = (a: number | undefined, b: number): number => (a === undefined || b < a ? b : a);
const later = (a: number | undefined, b: number): number => (a === undefined || b > a ? b : a);

/** Two records as one: the earliest first sight and the latest last one. The order of the two does not matter. */
export function mergeSeen(a: SeenFindings, b: SeenFindings): SeenFindings {
  const findings = new Map(Object.entries(a.findings));
  for (const [id, { first, last }] of Object.entries(b.findings)) {
    const known = findings.get(id);
    findings.set(id, { first: earlier(known?.first, first), last: later(known?.last, last) });
  }
  return { ...nothingSeen, findings: Object.fromEntries([...findings].sort(([x], [y]) => (x < y ? -1 : 1))) };
}

/**
 * The record with what fails now added. What was last seen before `keepSince` is forgotten: it is seen anew if it comes
 * back.
 */
export function noteSeen(seen: SeenFindings, evaluation: Evaluation, now: number, keepSince = 0): SeenFindings {
  const failing = evaluation.findings().filter(({ outcome }) => outcome === "fail" || outcome === "accepted");
  const kept = Object.fromEntries(Object.entries(seen.findings).filter(([, { last }]) => last >= keepSince));
  const current = Object.fromEntries(failing.map(({ id }) => [id, { first: now, last: now }]));
  return mergeSeen({ ...nothingSeen, findings: kept }, { ...nothingSeen, findings: current });
}

const isSeen = (value: unknown): value is Seen => {
  if (typeof value !== "object" || value === null) return false;
  const { first, last } = value as Partial<Seen>;
  return typeof first === "number" && typeof last === "number" && first <= last;
};

/** Reads a record from decoded JSON; undefined: it is none, or of a version that is not known here. */
export function readSeen(value: unknown): SeenFindings | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, version, findings } = value as Partial<SeenFindings>;
  if (kind !== "PostureSeen" || version !== 1 || typeof findings !== "object" || findings === null) return undefined;
  return Object.values(findings).every(isSeen) ? { kind, version, findings } : undefined;
}
