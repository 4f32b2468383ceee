import type { Because } from "../verdict.ts";

/** What a refresh of the advisories would change. */
export interface Refresh {
  /** Digests that run. */
  readonly running: number;
  /** Of these, those that the refresh alone would newly refuse. */
  readonly newlyRefused: number;
  readonly sources: readonly { readonly name: string; readonly before: number; readonly after: number }[];
}

const tenth = 0.1;

/**
 * May new advisories be used? One that would newly refuse more than a tenth of what runs, or that shrinks a source by a tenth,
 * is more likely broken than right: it waits until somebody accepts it.
 */
export function judgeRefresh({ running, newlyRefused, sources }: Refresh): {
  readonly decision: "accept" | "hold";
  readonly because: readonly Because[];
} {
  const because: Because[] = [];
  if (newlyRefused > running * tenth)
    because.push({
      rule: "newly-refused",
      says: `it would newly refuse ${newlyRefused} of ${running} running images: more than a tenth`,
    });
  for (const { name, before, after } of sources)
    if (before > 0 && after <= before * (1 - tenth))
      because.push({
        rule: "shrunk",
        says: `${name} would shrink from ${before} to ${after} records: by a tenth or more`,
      });
  return { decision: because.length === 0 ? "accept" : "hold", because };
}
