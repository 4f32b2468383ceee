import type { Item } from "./item.ts";

/** Somebody's word that a part is not to be changed for a while. */
export interface PartHold {
  readonly part: string;
  readonly reason: string;
  readonly by: string;
  /** RFC 3339. */
  readonly since: string;
  readonly until: string;
}

/** What a suite offers of a part. */
export interface PartOffer {
  readonly name: string;
  readonly version: string;
  readonly suite: string;
}

/** One part that would change. */
export interface PartStep {
  readonly part: string;
  readonly from: string;
  readonly to: string;
  readonly suite: string;
  /** Known flaws of what is here, or the security suite it comes from: such a step does not wait. */
  readonly security: readonly string[];
  /** The hold that keeps it. */
  readonly held?: PartHold;
  /** A hold that does not keep it, because it mends a flaw. */
  readonly passedOver?: PartHold;
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
  readonly holds: readonly PartHold[];
  readonly now: number;
}

/** What would change, and what keeps the rest from it. Flaws that are known do not wait for a hold. */
export function planParts({ parts, offers, newer, items, holds, now }: PartPlanFacts): PartPlan {
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
    const hold = holds.find((each) => each.part === name && running(each));
    steps.push({
      part: name,
      from: version,
      to: offer.version,
      suite: offer.suite,
      security,
      ...(hold === undefined ? {} : security.length > 0 ? { passedOver: hold } : { held: hold }),
    });
  }
  return { steps, unchanged, unknown, expired: holds.filter((hold) => !running(hold)) };
}
