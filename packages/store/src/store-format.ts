/** Which formats of the database a Bulkhead reads, and which it leaves behind once it has opened one. */
export interface StoreFormat {
  readonly writes: number;
  readonly reads: readonly number[];
}

/** Brings a database up by one format, in one transaction with the number that says so. */
export interface FormatStep {
  readonly from: number;
  readonly to: number;
  readonly sql: string;
}

/** Of this Bulkhead. What an earlier one can read is the way back: it stands in each release's manifest. */
export const storeFormat: StoreFormat = { writes: 1, reads: [1] };

/** From each format that is still read to the one that is written; the first format has none before it. */
export const formatSteps: readonly FormatStep[] = [];

/** The steps from a format to another, in order; undefined where there is no such way. */
export function stepsBetween(
  from: number,
  to: number,
  steps: readonly FormatStep[],
): readonly FormatStep[] | undefined {
  const way: FormatStep[] = [];
  for (let at = from; at !== to; ) {
    const next = steps.find((step) => step.from === at && step.to > at && step.to <= to);
    if (next === undefined) return undefined;
    way.push(next);
    at = next.to;
  }
  return way;
}
