import type { Pod, ScanFacts } from "@bulkhead/api";
import { type Because, type ImageRuleSet, judgeRefresh, type Refresh } from "@bulkhead/policy";
import { imagesOfPod, judgeRunning } from "./out-of-policy.ts";

export interface Generations {
  /** Pods whose images are compared. */
  readonly pods: readonly Pod[];
  readonly rules: ImageRuleSet;
  /** What is known of a digest by the advisories in use; undefined: it was never read, and is not compared. */
  readonly before: (digest: string) => Promise<ScanFacts | undefined>;
  /** The same by the new ones. Throws where they cannot be used. */
  readonly after: (digest: string) => Promise<ScanFacts | undefined>;
  readonly sources: Refresh["sources"];
  /** Milliseconds since the epoch; the same for both. */
  readonly now: number;
}

export interface Comparison {
  readonly decision: "accept" | "hold";
  readonly because: readonly Because[];
  /** Images that run and that the new advisories alone put out of policy. */
  readonly newlyRefused: readonly { readonly image: string; readonly says: string }[];
}

/**
 * What new advisories would change for what runs, and whether they may be used for deciding. One image at a time: nothing of
 * what was found is kept.
 */
export async function compareGenerations(generations: Generations): Promise<Comparison> {
  const { pods, rules, now } = generations;
  const byDigest = new Map<string, Pod[]>();
  for (const pod of pods)
    for (const { digest } of imagesOfPod(pod)) byDigest.set(digest, [...(byDigest.get(digest) ?? []), pod]);
  const newlyRefused: { readonly image: string; readonly says: string }[] = [];
  for (const [digest, running] of byDigest) {
    const before = await generations.before(digest);
    if (before === undefined) continue;
    let after: ScanFacts | undefined;
    try {
      after = await generations.after(digest);
    } catch (error) {
      const says = `the new advisories cannot be used: matching ${digest} failed (${error instanceof Error ? error.message : String(error)})`;
      return { decision: "hold", because: [{ rule: "unmatched", says }], newlyRefused };
    }
    if (after === undefined) continue;
    for (const pod of new Set(running)) {
      const images = imagesOfPod(pod).filter((image) => image.digest === digest);
      const judge = (scan: ScanFacts) => judgeRunning(pod, images, rules, new Map([[digest, { digest, now, scan }]]));
      const fallen = judge(before) === undefined ? judge(after) : undefined;
      if (fallen === undefined) continue;
      newlyRefused.push({ image: images[0]?.image ?? digest, says: fallen.because[0]?.says ?? "" });
      break;
    }
  }
  const judged = judgeRefresh({
    running: byDigest.size,
    newlyRefused: newlyRefused.length,
    sources: generations.sources,
  });
  return { ...judged, newlyRefused };
}
