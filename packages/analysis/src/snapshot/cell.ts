import type { Derivation } from "./view.ts";

/** Something that was read: an object, a list, the time, a derived value. */
export interface Source {
  changedAt: number;
  /** Who read it. Derived values are told at once that they may be stale, checks only when it really changed. */
  cells: Set<Cell> | undefined;
  checks: Set<Reader> | undefined;
  /** Where it is kept, for what objects and clocks say; absent for a derived value. */
  readonly key?: string;
  /** The derived value that it is. */
  readonly cell?: Cell;
}

/** Whoever reads: a derived value, or a check. */
export interface Reader {
  readonly sources: Source[];
  /** The revision at which its answer was last known to hold. */
  heldAt: number;
  /** Something that it read, at whatever distance, may have changed. */
  stale: boolean;
}

/** A derived value: read by others, a reader itself. */
export class Cell implements Reader {
  readonly sources: Source[] = [];
  readonly source: Source = { changedAt: 0, cells: undefined, checks: undefined, cell: this };
  readonly derivation: Derivation<unknown>;
  readonly key: string;
  heldAt = 0;
  stale = true;
  filled = false;
  value: unknown;
  /** What `compute` threw: whoever reads the value gets it thrown again. */
  failure: { readonly error: unknown } | undefined;

  constructor(derivation: Derivation<unknown>, key: string) {
    this.derivation = derivation;
    this.key = key;
  }
}

/** Nobody reads it any more. */
export const unread = (source: Source): boolean => (source.cells?.size ?? 0) === 0 && (source.checks?.size ?? 0) === 0;

const saysTheSame = (a: unknown, b: unknown): boolean =>
  a instanceof Error && b instanceof Error && a.name === b.name && a.message === b.message;

/** Puts an answer in; true: it is another than before, as far as the derivation can tell. */
export function filled(cell: Cell, value: unknown, failure: Cell["failure"]): boolean {
  const same =
    cell.filled &&
    (failure === undefined
      ? cell.failure === undefined && cell.derivation.same?.(cell.value, value) === true
      : cell.failure !== undefined && saysTheSame(failure.error, cell.failure.error));
  cell.filled = true;
  if (same) return false;
  cell.value = value;
  cell.failure = failure;
  return true;
}

/** What a cell holds, or throws what was thrown. */
export function valueOf<T>(cell: Cell): T {
  if (cell.failure !== undefined) throw cell.failure.error;
  return cell.value as T;
}
