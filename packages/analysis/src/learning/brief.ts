import type { Severity } from "../posture/control.ts";
import { type Exercise, exercises } from "./exercises.ts";
import { type Incident, incidents } from "./incidents.ts";

export const briefRoles = ["developer", "operator", "auditor"] as const;
export type BriefRole = (typeof briefRoles)[number];

/** Facts of a span of time, gathered by whoever asks. What is absent could not be looked at, and `notLooked` says why. */
export interface BriefFacts {
  /** The cluster's address, or the instance's folder. */
  readonly of: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly now: number;
  readonly posture?: {
    readonly failing: Readonly<Record<Severity, number>>;
    readonly unknown: number;
    /** Controls that fail anywhere now, and those that were looked at and hold everywhere. */
    readonly controls: readonly string[];
    readonly holding: readonly string[];
    /** What failed for the first time within the span; undefined: nobody wrote down since when. */
    readonly appeared?: readonly { readonly severity: Severity; readonly object: string; readonly says: string }[];
    readonly first: readonly { readonly objects: string; readonly findings: number; readonly share: number }[];
  };
  readonly images?: {
    readonly running: number;
    readonly notKnown: number;
    /** Flaws of what runs, the gravest first; `inUse`: a running container has loaded the package. */
    readonly touching: readonly {
      readonly id: string;
      readonly severity: string;
      readonly package: string;
      readonly namespaces: readonly string[];
      readonly exploited: boolean;
      readonly inUse?: boolean;
      readonly fixed?: string;
    }[];
  };
  readonly current?: {
    /** What something speaks against, the most urgent first. */
    readonly against: readonly { readonly name: string; readonly verdict: string; readonly whatToDo: string }[];
    /** How many things were looked up and are current. */
    readonly fine: number;
  };
  readonly audit?: {
    readonly changes: readonly {
      readonly who: string;
      readonly verb: string;
      readonly what: string;
      readonly times: number;
    }[];
    readonly refused: number;
    /** Changes that nobody wrote down one by one. */
    readonly left: number;
  };
  /** Sources of advisories with what is known of their age; absent: `notLooked` says why nobody could see them. */
  readonly sources?: readonly { readonly name: string; readonly checkedAt?: string; readonly stale?: string }[];
  readonly notLooked: readonly string[];
}

export interface BriefLine {
  readonly text: string;
  /** The command that shows or mends it. */
  readonly run?: string;
}

export interface BriefSection {
  readonly title: string;
  readonly lines: readonly BriefLine[];
}

/** A page for a person. */
export interface Brief {
  readonly of: string;
  /** RFC 3339. */
  readonly since: string;
  readonly at: string;
  readonly role: BriefRole;
  readonly sections: readonly BriefSection[];
}

const most = 7;
const week = 7 * 24 * 3_600_000;
const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
const listed = (words: readonly string[], limit = 3): string =>
  words.length <= limit ? words.join(", ") : `${words.slice(0, limit).join(", ")} and ${words.length - limit} more`;

/** The first lines, and how many there are besides. */
function some<T>(items: readonly T[], line: (item: T) => BriefLine, more: string): BriefLine[] {
  const shown = items.slice(0, most).map(line);
  return items.length <= most ? shown : [...shown, { text: `and ${items.length - most} more`, run: more }];
}

function first({ posture, current }: BriefFacts): BriefLine[] {
  const urgent = (current?.against ?? []).filter(
    ({ verdict }) => verdict === "vulnerable" || verdict === "unsupported",
  );
  return [
    ...some(
      posture?.first ?? [],
      ({ objects, findings, share }) => ({
        text: `Change ${objects}: ${plural(findings, "finding goes", "findings go")}, ${Math.round(share * 100)} percent of the risk.`,
        run: "bulkhead posture fix",
      }),
      "bulkhead posture",
    ),
    ...some(
      urgent,
      ({ name, verdict, whatToDo }) => ({ text: `${name} is ${verdict}.`, run: whatToDo }),
      "bulkhead current",
    ),
  ];
}

function changed({ posture, audit }: BriefFacts): BriefLine[] {
  const lines: BriefLine[] = [];
  if (posture?.appeared !== undefined)
    lines.push(
      ...(posture.appeared.length === 0
        ? [{ text: "No control fails that did not fail before." }]
        : some(
            posture.appeared,
            ({ severity, object, says }) => ({ text: `New, ${severity}: ${object}: ${says}.` }),
            "bulkhead posture list",
          )),
    );
  if (audit !== undefined) {
    lines.push(
      ...some(
        audit.changes,
        ({ who, verb, what, times }) => ({
          text: `${who} did ${verb} ${what}${times === 1 ? "" : ` (${times} times)`}.`,
        }),
        "bulkhead audit search",
      ),
    );
    lines.push({
      text:
        audit.refused === 0
          ? "Nobody was refused anything."
          : `${plural(audit.refused, "request was", "requests were")} refused.`,
      ...(audit.refused === 0 ? {} : { run: "bulkhead audit search --code 403" }),
    });
  }
  return lines;
}

function touches({ images }: BriefFacts): BriefLine[] {
  if (images === undefined) return [];
  const { touching } = images;
  const read = images.running - images.notKnown;
  if (touching.length === 0 && read === 0) return [];
  if (touching.length === 0)
    return [
      {
        text: `None of the ${plural(read, "image")} that ${read === 1 ? "was" : "were"} read is known to have a flaw of weight.`,
      },
    ];
  const weight = ({ exploited, inUse }: (typeof touching)[number]): number =>
    (exploited ? 2 : 0) + (inUse === true ? 1 : 0);
  const ordered = touching.toSorted((a, b) => weight(b) - weight(a));
  return some(
    ordered,
    ({ id, severity, package: name, namespaces, exploited, inUse, fixed }) => ({
      text: `${id} (${severity}${exploited ? ", exploited by others already" : ""}) is in ${name}, which runs in ${listed(namespaces)}${inUse === true ? " and is loaded" : inUse === false ? ", though nothing has loaded it" : ""}; ${fixed === undefined ? "nobody has mended it yet" : `${fixed} mends it`}.`,
      run: `bulkhead explain ${id}`,
    }),
    "bulkhead image list",
  );
}

function touchesNot({ images, current, sources = [] }: BriefFacts): BriefLine[] {
  const fine = current?.fine ?? 0;
  const told = sources.filter(({ stale }) => stale === undefined);
  const lines: BriefLine[] = [];
  if (fine > 0 && told.length > 0)
    lines.push({
      text: `${plural(fine, "part")} of this installation ${fine === 1 ? "is" : "are"} current: looked up, and no flaw at hand names ${fine === 1 ? "it" : "them"}.`,
    });
  if (images !== undefined && images.running > images.notKnown && told.length > 0)
    lines.push({
      text: `What ${listed(
        told.map(({ name }) => name),
        6,
      )} published and is not named above is in no package of the ${plural(images.running - images.notKnown, "image")} that were read.`,
    });
  return lines;
}

/** Those whose controls fail here first; else another one each week. */
function incidentFor({ posture, now }: BriefFacts): { incident: Incident; open: readonly string[] } {
  const failing = new Set(posture?.controls ?? []);
  const scored = incidents
    .map((incident) => ({ incident, open: incident.controls.filter((id) => failing.has(id)) }))
    .toSorted((a, b) => b.open.length - a.open.length);
  const [worst] = scored;
  if (worst !== undefined && worst.open.length > 0) return worst;
  const incident = incidents[Math.floor(now / week) % incidents.length] ?? incidents[0];
  if (incident === undefined) throw new Error("there is no incident to tell of");
  return { incident, open: [] };
}

function others(facts: BriefFacts): BriefLine[] {
  const { incident, open } = incidentFor(facts);
  const { name, year, says, stands, controls, source } = incident;
  const holding = new Set(facts.posture?.holding ?? []);
  const standing = controls.filter((id) => holding.has(id));
  const unseen = controls.filter((id) => !holding.has(id) && !open.includes(id));
  return [
    { text: `${name} (${year}). ${says}`, run: source },
    { text: stands },
    ...(facts.posture === undefined
      ? [{ text: `Against it stand ${listed(controls, 6)}; whether they hold here was not looked at.` }]
      : [
          {
            text: `Of the controls against it ${standing.length === 0 ? "none is known to hold" : `${listed(standing, 6)} ${standing.length === 1 ? "holds" : "hold"}`} here.`,
          },
          ...open.map((id) => ({ text: `${id} does not hold.`, run: `bulkhead posture list --control ${id}` })),
          ...(unseen.length === 0
            ? []
            : [{ text: `Of ${listed(unseen, 6)} it is not known.`, run: "bulkhead posture" }]),
        ]),
  ];
}

function exerciseFor(facts: BriefFacts, role: BriefRole): Exercise {
  const { incident } = incidentFor(facts);
  const fitting = exercises.find(({ id, roles }) => id === incident.exercise && roles.includes(role));
  const own = exercises.filter(({ roles }) => roles.includes(role));
  const exercise = fitting ?? own[Math.floor(facts.now / week) % own.length];
  if (exercise === undefined) throw new Error(`there is no exercise for ${role}`);
  return exercise;
}

function learn(facts: BriefFacts, role: BriefRole): BriefLine[] {
  const { title, learns, steps } = exerciseFor(facts, role);
  return [
    { text: `${title}: ${learns}.` },
    ...steps.map(({ run, see }) => ({ text: `You see ${see}.`, run: run.replaceAll("NS", "exercise") })),
  ];
}

function notLooked({ notLooked: gaps, posture, images, audit, sources }: BriefFacts): BriefLine[] {
  const stale = (sources ?? []).filter((source) => source.stale !== undefined);
  return [
    ...gaps.map((text) => ({ text })),
    ...(posture === undefined || posture.unknown === 0
      ? []
      : [{ text: `${plural(posture.unknown, "check")} could not be answered.`, run: "bulkhead posture" }]),
    ...(images === undefined || images.notKnown === 0
      ? []
      : [
          {
            text: `Of ${plural(images.notKnown, "image that runs", "images that run")} it is not known what is in ${images.notKnown === 1 ? "it" : "them"}.`,
            run: "bulkhead image list",
          },
        ]),
    ...(audit === undefined || audit.left === 0
      ? []
      : [{ text: `${plural(audit.left, "change")} more did not fit into the digest.`, run: "bulkhead audit search" }]),
    ...stale.map(({ name, stale: why }) => ({
      text: `${name} is old: ${why ?? ""}.`,
      run: "bulkhead advisories status",
    })),
    ...(sources?.length === 0
      ? [{ text: "No advisories are at hand.", run: "bulkhead advisories import --help" }]
      : []),
  ];
}

const titles = {
  first: "What to do first",
  changed: "What changed here",
  touches: "What became known that touches you",
  touchesNot: "What does not, and why",
  others: "What others were broken into by",
  learn: "Learn next: five minutes",
  notLooked: "What could not be looked at",
} as const;
type Part = keyof typeof titles;

/** Who reads first what is theirs. */
const order: Readonly<Record<BriefRole, readonly Part[]>> = {
  operator: ["first", "changed", "touches", "touchesNot", "others", "learn", "notLooked"],
  developer: ["touches", "first", "learn", "others", "changed", "touchesNot", "notLooked"],
  auditor: ["changed", "notLooked", "first", "touches", "touchesNot", "others", "learn"],
};

/** A page in plain words, from facts; a section of which nothing is to be said says so, or is left out where nobody could look. */
export function makeBrief(facts: BriefFacts, role: BriefRole): Brief {
  const parts: Readonly<Record<Part, BriefLine[]>> = {
    first: first(facts),
    changed: changed(facts),
    touches: touches(facts),
    touchesNot: touchesNot(facts),
    others: others(facts),
    learn: learn(facts, role),
    notLooked: notLooked(facts),
  };
  const empty: Partial<Record<Part, string>> = {
    first: facts.posture === undefined ? "" : "Nothing that a change of objects would mend.",
    notLooked: "Everything that was asked was answered.",
  };
  return {
    of: facts.of,
    since: new Date(facts.since).toISOString(),
    at: new Date(facts.now).toISOString(),
    role,
    sections: order[role].flatMap((part) => {
      const lines = parts[part].length > 0 ? parts[part] : empty[part] ? [{ text: empty[part] }] : [];
      return lines.length === 0 ? [] : [{ title: titles[part], lines }];
    }),
  };
}
