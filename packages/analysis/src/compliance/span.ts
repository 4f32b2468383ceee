import type { AnsweredBy } from "../posture/catalogues/requirement.ts";
import { type Piece, type RecordedPosture, type Span, type SpanVerdict, spanVerdict } from "./history.ts";

/** A piece of a requirement's time, as plain data. RFC 3339. */
export interface SpanPiece {
  readonly from: string;
  readonly to: string;
  readonly state: Piece["state"];
}

/** How one requirement stood over a span. */
export interface RequirementSpan {
  readonly verdict: SpanVerdict;
  /** Pieces that follow each other; the newest, where there are very many. */
  readonly pieces: readonly SpanPiece[];
  /** Pieces before these. */
  readonly left: number;
  /** Since when it stands as at the end of the span, without a change and seen all the time; absent where that was not seen. */
  readonly since?: string;
  readonly seconds: {
    readonly held: number;
    readonly broken: number;
    readonly unknown: number;
    readonly unobserved: number;
  };
}

/** The record of a span, as evidence leans on it. */
export interface SpanRecord {
  readonly from: string;
  readonly to: string;
  /** Where nobody looked. */
  readonly unobserved: readonly { readonly from: string; readonly to: string }[];
  /** Why the record is not to be believed; then nothing of it counts. */
  readonly doubts: readonly string[];
}

/** What was asked for: a span, the records of it, and why these may not be believed. */
export interface AskedSpan {
  readonly span: Span;
  readonly recorded: RecordedPosture;
  readonly doubts: readonly string[];
}

const most = 60;
const iso = (time: number): string => new Date(time).toISOString();

function seconds(pieces: readonly Piece[], ...states: readonly Piece["state"][]): number {
  const those = pieces.filter(({ state }) => states.includes(state));
  return Math.round(those.reduce((sum, { from, to }) => sum + to - from, 0) / 1000);
}

export function requirementSpan(
  controls: readonly string[],
  answeredBy: AnsweredBy,
  { span, recorded, doubts }: AskedSpan,
): RequirementSpan {
  const pieces = recorded.pieces(controls, answeredBy, span);
  const verdict = spanVerdict(pieces);
  const last = pieces.at(-1);
  const believed = doubts.length === 0 || verdict === "gap" || verdict === "person";
  return {
    verdict: believed ? verdict : "unknown",
    pieces: pieces.slice(-most).map(({ from, to, state }) => ({ from: iso(from), to: iso(to), state })),
    left: Math.max(0, pieces.length - most),
    ...(last === undefined || last.state === "not-observed" ? {} : { since: iso(last.from) }),
    seconds: {
      held: seconds(pieces, "met"),
      broken: seconds(pieces, "not-met", "partly"),
      unknown: seconds(pieces, "unknown"),
      unobserved: seconds(pieces, "not-observed"),
    },
  };
}

export const spanRecord = ({ span, recorded, doubts }: AskedSpan): SpanRecord => ({
  from: iso(span.from),
  to: iso(span.to),
  unobserved: recorded.unobserved(span).map(({ from, to }) => ({ from: iso(from), to: iso(to) })),
  doubts,
});
