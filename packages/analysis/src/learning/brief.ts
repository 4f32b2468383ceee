import { learn, others } from "./brief-incident.ts";
import { type Brief, type BriefFacts, type BriefLine, type BriefRole, listed, plural } from "./brief-page.ts";

const most = 7;

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
