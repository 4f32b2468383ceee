import type { RefreshState } from "@bulkhead/images";
import { harmless, paint } from "../output/print.ts";
import type { RefreshDecided } from "./decide-refresh.ts";

const time = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");

/** How the newest import stands; nothing where no agent looked at one. */
export function refreshText(refresh: RefreshState | undefined): readonly string[] {
  if (refresh?.inUse === undefined) return [];
  const since = time(refresh.inUse.since);
  const { held } = refresh;
  if (held === undefined) return [`Images are decided by these advisories since ${since}.`];
  return [
    paint(["bold", "red"], `HELD since ${time(held.since)}: images are decided by what was in use on ${since}.`),
    ...held.because.map((says) => paint("red", `  ${harmless(says)}`)),
    ...held.newlyRefused.map(({ image, says }) => `  ${harmless(says === "" ? image : says)}`),
    '  Right?   bulkhead advisories accept --reason "…"',
    '  Broken?  bulkhead advisories reject --reason "…"   (back to what is in use)',
  ];
}

export function decidedText({ decision, done }: RefreshDecided): string {
  const after =
    decision === "accept" ? "images are decided by it from now on" : "the advisories are what they were before it";
  return done === true
    ? `${decision === "accept" ? "Accepted" : "Rejected"}: ${after}.`
    : `Written down: the node's agent carries it out when it looks next (it did not answer: is the instance running?).`;
}
