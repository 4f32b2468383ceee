import { type PostureHistory, type RecordedState, recordedStates, securityApiVersion } from "@bulkhead/api";

/** Of one record; the next one begins then. */
const most = { changes: 2000, observed: 500 };
/** Who could write nothing for so many milliseconds may have been cut off, and has not seen that time. */
const believed = 15 * 60_000;

type History = PostureHistory["history"];
interface Draft {
  readonly from: string;
  readonly at: Partial<Record<RecordedState, readonly string[]>>;
  readonly observed: { readonly from: string; to: string }[];
  readonly changes: History["changes"][number][];
}

const iso = (time: number): string => new Date(time).toISOString();
const monthOf = (time: string): string => time.slice(0, 7);

/** `posture-2026-11-21t120000z`: names in the order of their times. */
const nameOf = ({ from }: Pick<History, "from">): string =>
  `posture-${from
    .replace(/\.\d+Z$/, "z")
    .replaceAll(":", "")
    .toLowerCase()}`;

const objectOf = (history: Draft): PostureHistory => ({
  apiVersion: securityApiVersion,
  kind: "PostureHistory",
  metadata: { name: nameOf(history) },
  history: structuredClone(history),
});

type States = ReadonlyMap<string, RecordedState>;

function grouped(
  states: Iterable<readonly [string, RecordedState]>,
): Partial<Record<RecordedState, readonly string[]>> {
  const groups = new Map<RecordedState, string[]>();
  for (const [id, state] of states) groups.set(state, [...(groups.get(state) ?? []), id]);
  return Object.fromEntries([...groups].map(([state, ids]) => [state, ids.toSorted()]));
}

/** How controls stand at the end of a record. */
function endOf({ at, changes }: History): Map<string, RecordedState> {
  const states = new Map<string, RecordedState>();
  for (const state of recordedStates) for (const id of at[state] ?? []) states.set(id, state);
  for (const { state, controls } of changes) for (const id of controls) states.set(id, state);
  return states;
}

/** Writes down how controls stand, as changes against what stands there; knows nothing of where that is kept. */
export class HistoryRecorder {
  #record: Draft | undefined;
  #states = new Map<string, RecordedState>();
  /** When a control was first seen failing since the last sample. */
  readonly #failing = new Map<string, number>();
  #isOpen = false;
  #written: number | undefined;

  /** `last`: the newest record there is; it is gone on with. */
  constructor(last: History | undefined) {
    if (last === undefined) return;
    this.#record = structuredClone(last) as Draft;
    this.#states = endOf(last);
  }

  /** A control failed somewhere, if only for a moment. */
  sawFailing(id: string, now: number): void {
    if (this.#states.get(id) !== "fails" && !this.#failing.has(id)) this.#failing.set(id, now);
  }

  /** What was planned before has been written. */
  wrote(now: number): void {
    this.#written = now;
  }

  /** Takes down how controls stand now. The objects to write, the newest last, and whether anything but the time is new. */
  sample(states: States, now: number): { readonly records: readonly PostureHistory[]; readonly isNews: boolean } {
    const time = iso(now);
    if (this.#written !== undefined && now - this.#written > believed) this.#isOpen = false;
    const record = this.#record;
    if (record === undefined) return { records: [this.#begin(states, time)], isNews: true };
    const before = record.changes.length;
    if (this.#isOpen) this.#passing(record, states);
    const changed = [...states].filter(([id, state]) => this.#states.get(id) !== state);
    const dropped = [...this.#states.keys()].filter((id) => !states.has(id) && this.#states.get(id) !== "unknown");
    const news = grouped([...changed, ...dropped.map((id) => [id, "unknown"] as const)]);
    for (const [state, controls] of Object.entries(news) as [RecordedState, readonly string[]][])
      record.changes.push({ at: time, state, controls });
    const last = record.observed.at(-1);
    if (this.#isOpen && last !== undefined) last.to = time;
    else record.observed.push({ from: time, to: time });
    const isNews = !this.#isOpen || record.changes.length > before;
    this.#isOpen = true;
    this.#states = new Map([...dropped.map((id) => [id, "unknown"] as const), ...states]);
    this.#failing.clear();
    const isFull = record.changes.length >= most.changes || record.observed.length >= most.observed;
    if (!isFull && monthOf(record.from) === monthOf(time)) return { records: [objectOf(record)], isNews };
    // The next one begins where this one ends: between them nothing is unseen.
    return { records: [objectOf(record), this.#begin(states, time)], isNews: true };
  }

  #begin(states: States, time: string): PostureHistory {
    this.#record = { from: time, at: grouped(states), observed: [{ from: time, to: time }], changes: [] };
    this.#states = new Map(states);
    this.#failing.clear();
    this.#isOpen = true;
    return objectOf(this.#record);
  }

  /** What failed between two samples has failed, whatever it does now. */
  #passing(record: Draft, states: States): void {
    const since = new Map<number, string[]>();
    for (const [id, at] of this.#failing) {
      if (!states.has(id)) continue;
      since.set(at, [...(since.get(at) ?? []), id]);
      this.#states.set(id, "fails");
    }
    for (const [at, controls] of [...since].toSorted(([a], [b]) => a - b))
      record.changes.push({ at: iso(at), state: "fails", controls });
  }
}
