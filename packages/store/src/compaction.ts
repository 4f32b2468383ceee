import type { MemoryState } from "./memory-state.ts";
import type { WriteQueue } from "./write-queue.ts";

const compactionStep = 256;
const vacuumStep = 64;
/** Free pages that stay for the next writes. */
const freePagesKept = 1024;

/** How far back history reaches; whichever bound is met first. */
export interface HistoryBounds {
  readonly milliseconds: number;
  readonly revisions: number;
  readonly bytes: number;
}

export interface CompactionOptions {
  readonly state: MemoryState;
  readonly queue: WriteQueue;
  readonly bounds: HistoryBounds;
  readonly clock: () => number;
  /** Log rows that an interrupted compaction left behind, oldest first. */
  readonly garbage: number[];
}

/** Forgets history that the window no longer needs, and removes on disk what memory has forgotten. */
export class Compaction {
  readonly #options: CompactionOptions;
  /** When which revision was head: what the window's age goes by. */
  readonly #marks: { readonly at: number; readonly head: number }[] = [];
  #garbage: number[];
  #collecting: Promise<void> | undefined;

  constructor(options: CompactionOptions) {
    this.#options = options;
    this.#garbage = options.garbage;
    this.mark();
  }

  /** Log rows that are yet to be removed. */
  get garbageRows(): number {
    return this.#garbage.length;
  }

  /** So many that removing them should not wait for the next tick. */
  get due(): boolean {
    return this.#garbage.length >= compactionStep;
  }

  /** Notes which revision is head now. */
  mark(): void {
    const { clock, state } = this.#options;
    if (this.#marks.at(-1)?.head !== state.head) this.#marks.push({ at: clock(), head: state.head });
  }

  /** Forgets what is beyond the bounds of number and size. */
  forgetExcess(): void {
    const { state, bounds } = this.#options;
    this.forget(state.excess(bounds.revisions, bounds.bytes));
  }

  /** Forgets up to a revision; default: what was superseded as head longer ago than the window. */
  forget(to = this.#windowStart()): void {
    for (const revision of this.#options.state.forget(to)) this.#garbage.push(revision);
  }

  /** Removes garbage rows step by step, then gives pages back. One run at a time. */
  collect(): Promise<void> {
    this.#collecting ??= this.#collectAll().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  /** The newest revision that was superseded as head longer ago than the window. */
  #windowStart(): number {
    const { clock, state, bounds } = this.#options;
    const oldest = clock() - bounds.milliseconds;
    let start = state.compacted;
    while (this.#marks[1] !== undefined && this.#marks[1].at <= oldest) this.#marks.shift();
    const mark = this.#marks[0];
    if (mark !== undefined && mark.at <= oldest) start = Math.max(start, mark.head);
    return start;
  }

  async #collectAll(): Promise<void> {
    const { state, queue } = this.#options;
    while (this.#garbage.length > 0) {
      const rows = Float64Array.from(this.#garbage.slice(0, compactionStep));
      const { compacted, head } = state;
      await queue.job(() => ({ do: "compact", compacted, head, rows }));
      this.#garbage = this.#garbage.slice(rows.length);
    }
    for (let free = Number.POSITIVE_INFINITY; free > freePagesKept; ) {
      const { count } = await queue.job(() => ({ do: "vacuum", pages: vacuumStep }));
      if (count >= free) return;
      free = count;
    }
  }
}
