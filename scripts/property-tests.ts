/**
 * How property tests draw their values. PROPERTY_SEED makes them draw the same again (`npm test` gives every state of the
 * tree a seed of its own), PROPERTY_RUNS asks for that many values instead of each property's usual hundred. Without
 * either, every run draws anew.
 */
import fc from "fast-check";

const seed = process.env.PROPERTY_SEED;
const runs = process.env.PROPERTY_RUNS;

fc.configureGlobal({
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
});
