import type { CurrencySummary, DigestedDay, ImageReport } from "@bulkhead/api";
import { objectWords } from "../compliance/words.ts";
import type { CurrencyInventory } from "../currency/index.ts";
import type { Evaluation } from "../posture/evaluate.ts";
import { bestChanges } from "../posture/rank/best-changes.ts";
import { riskSummary } from "../posture/rank/summary.ts";
import type { PostureFinding } from "../report/posture-report.ts";
import type { BriefFacts } from "./brief-page.ts";
import { briefChanges } from "./changes.ts";

/** What a look says, and what of it was first seen since a time; `seen` in milliseconds, by finding. */
function briefPosture(
  evaluation: Evaluation,
  findings: readonly PostureFinding[],
  seen: ReadonlyMap<string, number> | undefined,
  since: number,
): NonNullable<BriefFacts["posture"]> {
  const { failing, unknown } = riskSummary(evaluation);
  const failed = findings.filter(({ outcome }) => outcome === "fail");
  const changes = bestChanges(evaluation);
  const whole = changes[0]?.before ?? 0;
  return {
    failing,
    unknown,
    controls: [...new Set(failed.map(({ control }) => control))],
    holding: evaluation
      .tallies()
      .filter((tally) => tally.passed > 0 && tally.failed + tally.unknown + tally.errors + tally.gaps.length === 0)
      .map(({ control }) => control.id),
    ...(seen === undefined
      ? {}
      : {
          appeared: failed
            .filter(({ id }) => (seen.get(id) ?? 0) >= since)
            .map(({ severity, object, says }) => ({ severity, object: objectWords(object), says })),
        }),
    first: changes.map(({ objects, gone, before, after }) => ({
      objects: objects.map(objectWords).join(", "),
      findings: gone.length,
      share: whole === 0 ? 0 : (before - after) / whole,
    })),
  };
}

/** What is known of the images that run. */
function briefImages(reports: Iterable<ImageReport>): NonNullable<BriefFacts["images"]> {
  const running = [...reports].map(({ report }) => report).filter(({ images }) => images.length > 0);
  return {
    running: running.length,
    notKnown: running.filter(({ worst, sources }) => worst === undefined || sources.length === 0).length,
    touching: running.flatMap(({ worst, namespaces }) =>
      (worst?.findings ?? []).map(({ id, severity, package: name, exploited, inUse, fixedVersion }) => ({
        id,
        severity,
        package: name,
        namespaces,
        exploited: exploited === true,
        ...(inUse === undefined ? {} : { inUse }),
        ...(fixedVersion === undefined ? {} : { fixed: fixedVersion }),
      })),
    ),
  };
}

/** What was asked for, or why it could not be. */
export type Answer<T> = { readonly told: T } | { readonly why: string };

/** What has grown old, whoever looked. */
export interface BriefCurrency {
  readonly current: NonNullable<BriefFacts["current"]>;
  readonly unseen: CurrencyInventory["unseen"];
}

const against = (name: string, version: string, verdict: string, whatToDo: string | undefined) => ({
  name: version === "" ? name : `${name} ${version}`,
  verdict,
  whatToDo: whatToDo ?? "bulkhead current show",
});

/** Of a look at the machine. */
export const lookedUp = ({ items, unseen }: CurrencyInventory): BriefCurrency => ({
  current: {
    against: items
      .filter(({ verdict }) => verdict !== "current")
      .map(({ name, version, verdict, whatToDo }) => against(name, version, verdict, whatToDo)),
    fine: items.filter(({ verdict }) => verdict === "current").length,
  },
  unseen,
});

/** Of what the currency controller keeps true. */
export const summedUp = ({ worst, counts, unseen, staleSources }: CurrencySummary["currency"]): BriefCurrency => ({
  current: {
    against: worst.map(({ id, version, verdict, whatToDo }) =>
      against(id.slice(id.indexOf("/") + 1), version, verdict, whatToDo),
    ),
    fine: counts.current,
  },
  unseen: [...unseen, ...staleSources.map((name) => ({ what: name, why: "it is old" }))],
});

/** Who changed what in days that may begin after the span and end before it; absent times: all of it is there. */
export interface BriefDays {
  readonly days: readonly DigestedDay[];
  readonly from?: string;
  readonly to?: string;
}

/** Everything that a brief can be made of, as whoever gathers it could look. */
export interface BriefSources {
  readonly of: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly now: number;
  readonly evaluation: Evaluation;
  readonly findings: readonly PostureFinding[];
  /** Since when findings are there; undefined: nobody wrote it down. */
  readonly seen: ReadonlyMap<string, number> | undefined;
  readonly images: Answer<Iterable<ImageReport>>;
  readonly currency: Answer<BriefCurrency>;
  readonly changes: Answer<BriefDays>;
  readonly sources: Answer<NonNullable<BriefFacts["sources"]>> | undefined;
  readonly notLooked: readonly string[];
}

/** So much of the end of a span may be missing without a word. */
const lag = 2 * 3_600_000;

/** A brief's facts; what could not be looked at is named, never left out. */
export function briefFacts(given: BriefSources): BriefFacts {
  const { of, since, now, evaluation, findings, seen } = given;
  const gaps: string[] = [];
  const told = <T>(what: string, answer: Answer<T> | undefined): T | undefined => {
    if (answer === undefined) return undefined;
    if ("told" in answer) return answer.told;
    gaps.push(`${what}: ${answer.why}.`);
    return undefined;
  };
  const images = told("What is in images", given.images);
  const changes = told("Who changed what", given.changes);
  const currency = told("What has grown old", given.currency);
  const sources = told("Advisories", given.sources);
  if (changes?.from !== undefined && Date.parse(changes.from) > since)
    gaps.push(`Who changed what before ${changes.from}: nobody took it down.`);
  if (changes?.to !== undefined && Date.parse(changes.to) < now - lag)
    gaps.push(`Who changed what after ${changes.to}: nobody took it down yet.`);
  const first = new Date(since).toISOString().slice(0, 10);
  return {
    of,
    since,
    now,
    posture: briefPosture(evaluation, findings, seen, since),
    ...(images === undefined ? {} : { images: briefImages(images) }),
    ...(changes === undefined
      ? {}
      : { audit: briefChanges(changes.days.filter(({ day }) => day === "" || day >= first)) }),
    ...(currency === undefined ? {} : { current: currency.current }),
    ...(sources === undefined ? {} : { sources }),
    notLooked: [
      ...evaluation.objects.gaps.map(({ kind, why }) => `${kind}: ${why}`),
      ...given.notLooked,
      ...gaps,
      ...(currency?.unseen ?? []).map(({ what, why }) => `${what}: ${why}.`),
    ],
  };
}
