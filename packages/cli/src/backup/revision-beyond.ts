/** Revisions that an instance may give out in a second, on average over its life, at the very most. */
const perSecond = 1_000_000;
const since = Date.UTC(2020, 0, 1);
/** As far as a store jumps when it is restored (see the store): what was there may have given out some more meanwhile. */
const margin = 1_000_000_000;

/**
 * A revision above all that can have been given out until now, by the instance that is lost and by whatever earlier
 * restorations of it became: by time, and, where what was there can be read, above that too, so that a clock that was set
 * back does not matter.
 */
export const revisionBeyond = (now: number, there: number | undefined): number =>
  Math.max(Math.floor(Math.max(0, now - since) / 1000) * perSecond, (there ?? 0) + margin);
