import type { PostureHistory, RecordedState } from "@bulkhead/api";
import type { AnsweredBy } from "../posture/catalogues/requirement.ts";
import type { Evaluation } from "../posture/evaluate.ts";
import type { Steps } from "../snapshot/steps.ts";
import { type ControlState, controlState, type RequirementState, requirementState } from "./state.ts";

/** From and to, in milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A part of a span in which nothing changed. Where nobody looked, nothing is said, and nothing held. */
export interface Piece extends Span {
  readonly state: RequirementState | "not-observed";
}

/** How every control stands now, as it is recorded. */
export function* controlStates(evaluation: Evaluation): Steps<ReadonlyMap<string, ControlState>> {
  const tallies = yield* evaluation.tallying();
  return new Map(tallies.map((tally) => [tally.control.id, controlState(tally, tally.gaps.length === 0)]));
}

type Turns = { readonly at: number; readonly state: RecordedState }[];

/** Records of how controls stood, read. */
export class RecordedPosture {
  readonly #turns = new Map<string, Turns>();
  /** In order, joined where they touch. */
  readonly observed: readonly Span[];

  constructor(histories: readonly PostureHistory["history"][]) {
    const ordered = histories.toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from));
    for (const { from, at, changes } of ordered) {
      const begin = Date.parse(from);
      const named = new Set<string>();
      for (const [state, ids] of Object.entries(at) as [RecordedState, readonly string[]][])
        for (const id of ids) {
          named.add(id);
          this.#turn(id, begin, state);
        }
      // Whom a later record does not name, nobody asked any more.
      for (const id of this.#turns.keys()) if (!named.has(id)) this.#turn(id, begin, "unknown");
      for (const { at: when, state, controls } of changes)
        for (const id of controls) this.#turn(id, Date.parse(when), state);
    }
    this.observed = joined(
      ordered.flatMap(({ observed }) =>
        observed.map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) })),
      ),
    );
  }

  #turn(id: string, at: number, state: RecordedState): void {
    const turns = this.#turns.get(id) ?? [];
    if (turns.length === 0) this.#turns.set(id, turns);
    turns.push({ at, state });
  }

  #stateAt(id: string, time: number): ControlState {
    return this.#turns.get(id)?.findLast(({ at }) => at <= time)?.state ?? "unknown";
  }

  /** Where within a span nobody looked. */
  unobserved({ from, to }: Span): readonly Span[] {
    const gaps: Span[] = [];
    let at = from;
    for (const seen of this.observed) {
      if (seen.to <= from || seen.from >= to) continue;
      if (seen.from > at) gaps.push({ from: at, to: seen.from });
      at = Math.max(at, seen.to);
    }
    if (at < to) gaps.push({ from: at, to });
    return gaps;
  }

  /** How a requirement stood over a span, by the controls that cite it: pieces that follow each other without a hole. */
  pieces(controls: readonly string[], answeredBy: AnsweredBy, span: Span): readonly Piece[] {
    const gaps = this.unobserved(span);
    const times = new Set([span.from, span.to]);
    const within = (time: number): boolean => time > span.from && time < span.to;
    for (const { from, to } of gaps) for (const time of [from, to]) if (within(time)) times.add(time);
    for (const id of controls) for (const { at } of this.#turns.get(id) ?? []) if (within(at)) times.add(at);
    const ordered = [...times].toSorted((a, b) => a - b);
    const pieces: Piece[] = [];
    ordered.slice(0, -1).forEach((from, index) => {
      const to = ordered[index + 1] ?? span.to;
      const unseen = gaps.some((gap) => gap.from <= from && from < gap.to);
      const state = unseen
        ? "not-observed"
        : requirementState(
            controls.map((id) => this.#stateAt(id, from)),
            answeredBy,
          );
      const last = pieces.at(-1);
      if (last?.state === state) pieces[pieces.length - 1] = { ...last, to };
      else pieces.push({ from, to, state });
    });
    return pieces;
  }
}

function joined(spans: readonly Span[]): readonly Span[] {
  const out: Span[] = [];
  for (const span of spans.filter(({ from, to }) => to > from).toSorted((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last !== undefined && span.from <= last.to)
      out[out.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else out.push(span);
  }
  return out;
}

/**
 * How a requirement stood over a whole span. `held`: met from its beginning to its end, and somebody looked all the time;
 * `broken`: at some time of it; `unknown`: never seen broken, and not all of it was seen or known.
 */
export const spanVerdicts = ["held", "broken", "unknown", "accepted", "no-object", "gap", "person"] as const;
export type SpanVerdict = (typeof spanVerdicts)[number];

/** Never `held` where a piece of the span was not seen, not known, broken or only accepted. */
export function spanVerdict(pieces: readonly Piece[]): SpanVerdict {
  const some = (...states: readonly Piece["state"][]): boolean => pieces.some(({ state }) => states.includes(state));
  if (some("not-met", "partly")) return "broken";
  if (some("gap")) return "gap";
  if (some("person")) return "person";
  if (pieces.length === 0 || some("unknown", "not-observed")) return "unknown";
  if (some("accepted")) return "accepted";
  return some("met") ? "held" : "no-object";
}
