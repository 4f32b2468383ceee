import { bulkheadItself, type HeldPart, type OfferedPart } from "@bulkhead/api";
import { type CurrencyRuleSet, type CurrencyVerdict, evaluateCurrency } from "@bulkhead/policy";
import type { Item } from "./item.ts";

export type PartHold = HeldPart;

/** What a suite offers of a part. */
export interface PartOffer {
  readonly name: string;
  readonly version: string;
  readonly suite: string;
  /** RFC 3339; since when this revision is offered, as far as anybody asked. Absent: it was asked for just now. */
  readonly since?: string;
}

/** One part that would change; `security`: known flaws of what is here, or the security suite it comes from. */
export interface PartStep extends OfferedPart {
  /** Whether it may be put in now, by the one decider; with the hold that keeps it, or that does not. */
  readonly verdict: CurrencyVerdict;
}

export interface PartPlan {
  readonly steps: readonly PartStep[];
  /** Parts that the suites have nothing newer of. */
  readonly unchanged: readonly string[];
  /** Parts of which nobody could say what there is, each with the reason. */
  readonly unknown: readonly { readonly part: string; readonly why: string }[];
  /** Holds whose time is over. */
  readonly expired: readonly PartHold[];
}

export interface PartPlanFacts {
  readonly parts: readonly { readonly name: string; readonly version: string }[];
  /** Undefined: nobody could be asked. */
  readonly offers: readonly PartOffer[] | undefined;
  readonly newer: (offer: string, than: string) => boolean;
  /** The judged items of the parts. */
  readonly items: readonly Item[];
  /** Policies, approvals, holds and what failed before. */
  readonly rules: CurrencyRuleSet;
  readonly now: number;
}

/** A step, with the decider's word for it. */
function stepOf(offered: OfferedPart, rules: CurrencyRuleSet, now: number): PartStep {
  const { part, to, security, since } = offered;
  return {
    ...offered,
    verdict: evaluateCurrency(rules, { part, to, security, since: Date.parse(since) }, now),
  };
}

export interface ReleaseStepFacts {
  /** The version that runs. */
  readonly here: string;
  /** The newest that was verified; undefined: none is known. */
  readonly offer: { readonly version: string; readonly registry: string; readonly since: string } | undefined;
  readonly newer: (offer: string, than: string) => boolean;
  /** The judged items of the machine. */
  readonly items: readonly Item[];
  readonly rules: CurrencyRuleSet;
  readonly now: number;
}

/** The same of Bulkhead itself: undefined where nothing newer is known. Only a flaw that the release mends is security. */
export function releaseStep({ here, offer, newer, items, rules, now }: ReleaseStepFacts): PartStep | undefined {
  if (offer === undefined || !newer(offer.version, here)) return undefined;
  const security = items
    .filter(({ kind }) => kind === "bulkhead")
    .flatMap(({ vulnerabilities }) => vulnerabilities)
    .filter(({ fixed, touches }) => touches !== "no" && fixed !== undefined && !newer(fixed, offer.version))
    .map(({ id }) => id);
  const { version: to, registry: suite, since } = offer;
  return stepOf({ part: bulkheadItself, from: here, to, suite, security, since }, rules, now);
}

/** What would change, and what keeps the rest from it. */
export function planParts({ parts, offers, newer, items, rules, now }: PartPlanFacts): PartPlan {
  const { holds } = rules;
  const running = (hold: PartHold): boolean => Date.parse(hold.until) > now;
  const steps: PartStep[] = [];
  const unchanged: string[] = [];
  const unknown: { part: string; why: string }[] = [];
  for (const { name, version } of parts) {
    const offer = offers?.find((each) => each.name === name);
    if (offer === undefined) {
      unknown.push({
        part: name,
        why: offers === undefined ? "the suites could not be read" : "the suites do not have it",
      });
      continue;
    }
    if (!newer(offer.version, version)) {
      unchanged.push(name);
      continue;
    }
    const flaws = items
      .filter((item) => item.kind === "part" && item.name === name)
      .flatMap(({ vulnerabilities }) => vulnerabilities.filter(({ touches }) => touches !== "no").map(({ id }) => id));
    const security = [...flaws, ...(offer.suite.endsWith("-security") ? [`it comes from ${offer.suite}`] : [])];
    const since = offer.since ?? new Date(now).toISOString();
    const { version: to, suite } = offer;
    steps.push(stepOf({ part: name, from: version, to, suite, security, since }, rules, now));
  }
  return { steps, unchanged, unknown, expired: holds.filter((hold) => !running(hold)) };
}
