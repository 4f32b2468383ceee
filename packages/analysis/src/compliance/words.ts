import type { ObjectRef } from "@bulkhead/api";
import type { Evidence, FrameworkEvidence, RequirementEvidence } from "./evidence.ts";
import type { SpanVerdict } from "./history.ts";
import type { RequirementSpan } from "./span.ts";
import type { RequirementState } from "./state.ts";

/** States in a person's words. */
export const stateWords: Readonly<Record<RequirementState, string>> = {
  "not-met": "not met",
  partly: "partly",
  unknown: "not known",
  accepted: "accepted",
  met: "met",
  "no-object": "nothing there",
  gap: "gap",
  person: "for people",
};

/** Verdicts over a span in a person's words. */
export const spanWords: Readonly<Record<SpanVerdict, string>> = {
  held: "held throughout",
  broken: "broken",
  unknown: "not known",
  accepted: "accepted",
  "no-object": "nothing there",
  gap: "gap",
  person: "for people",
};

const lengths = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** `2 hours`, `3 days`: in the largest unit, rounded up, so that nothing is ever no time at all. */
export function lasting(seconds: number): string {
  const [size, unit] = lengths.find(([each]) => seconds >= each * 2) ?? [1, "second"];
  return counted(Math.ceil(seconds / size), unit);
}

/** How a requirement stood over the span, in a few words. */
export function overWords({ verdict, seconds: { broken, unknown, unobserved }, since }: RequirementSpan): string {
  const stands = since === undefined ? "" : `; as it stands since ${minute(since)}`;
  switch (verdict) {
    case "held":
    case "no-object":
    case "gap":
    case "person":
      return "";
    case "accepted":
      return `accepted for a part of it${stands}`;
    case "broken":
      return `for ${lasting(broken)}${unobserved === 0 ? "" : `; nobody looked for ${lasting(unobserved)}`}${stands}`;
    case "unknown":
      return [
        ...(unobserved === 0 ? [] : [`nobody looked for ${lasting(unobserved)}`]),
        ...(unknown === 0 ? [] : [`could not be told for ${lasting(unknown)}`]),
      ].join("; ");
  }
}

/** What the record of the span says and lacks, a line each. */
export function overLines({ over }: Evidence): readonly string[] {
  if (over === undefined) return [];
  const { from, to, unobserved, doubts } = over;
  const lost = unobserved.reduce((sum, gap) => sum + Date.parse(gap.to) - Date.parse(gap.from), 0) / 1000;
  const shown = unobserved.slice(-8).map((gap) => `${minute(gap.from)} to ${minute(gap.to)}`);
  return [
    `From ${minute(from)} to ${minute(to)}, as the posture controller took it down; held throughout means: met at every moment of it, and somebody looked at every moment.`,
    unobserved.length === 0
      ? "Somebody looked all the time."
      : `Nobody looked for ${lasting(lost)}, of which nothing is claimed: ${unobserved.length > shown.length ? `${unobserved.length - shown.length} gaps, and ` : ""}${shown.join("; ")}.`,
    ...doubts.map((doubt) => `The record is not believed: ${doubt}`),
  ];
}

export const day = (time: string): string => time.slice(0, 10);
export const minute = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`;
export const objectWords = ({ kind, namespace = "", name }: ObjectRef): string =>
  `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;

const counted = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

const few = (ids: readonly string[]): string =>
  ids.length > 3 ? `${ids.slice(0, 2).join(", ")} and ${ids.length - 2} more controls` : ids.join(", ");

/** What was looked at. */
export const scopeWords = ({ of, namespace }: Evidence): string =>
  namespace === undefined ? of : `namespace ${namespace} of ${of}`;

/** What the document says and what it does not. */
export const claimOf = ({ objects, at }: Evidence): readonly string[] => [
  `Met means: at ${minute(at)} every control that speaks of the requirement held on every object that it looks at, and all of these could be read. ${counted(objects, "object")} ${objects === 1 ? "was" : "were"} looked at.`,
  "Nothing is called met where something is not known, where a control failed to run, or where nothing was there to look at. It is evidence for an assessment, and no certificate.",
];

/** One line on a framework: what came out, and how much of it controls answer at all. */
export function summaryOf({ counts, coverage }: FrameworkEvidence): string {
  const states = (["met", "partly", "not-met", "accepted", "unknown", "no-object"] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${stateWords[state]}`);
  const gaps = coverage.answerable - coverage.answered;
  return [
    states.length === 0 ? "nothing was answered" : states.join(", "),
    `controls speak of ${coverage.answered} of the ${coverage.answerable} requirements that a machine can answer${gaps === 0 ? "" : `, ${gaps} are gaps`}`,
    ...(coverage.persons === 0
      ? []
      : [
          `${coverage.persons} are for people to answer${coverage.personsTouched === 0 ? "" : `, ${coverage.personsTouched} of which controls can show to be broken, never to be met`}`,
        ]),
  ].join("; ");
}

/** Whether controls have something to say of it: the rest is gaps and what is people's alone. */
export const isSpokenOf = ({ controls }: RequirementEvidence): boolean => controls.length > 0;

/** What stands behind a state, in a few words. */
export function becauseOf({ state, broken, unknown, accepted, controls, proof }: RequirementEvidence): string {
  const ids = (of: string): string[] => controls.filter((control) => control.state === of).map(({ id }) => id);
  switch (state) {
    case "not-met":
    case "partly": {
      const [worst] = broken;
      return worst === undefined ? "" : `${worst.severity}: ${objectWords(worst.object)}: ${worst.says}`;
    }
    case "unknown": {
      const more = unknown.length > 1 ? ` (and ${counted(unknown.length - 1, "more reason")})` : "";
      return `${unknown[0] ?? "nobody knows why"}${more}`;
    }
    case "accepted": {
      const [first] = accepted;
      return first === undefined
        ? ""
        : `${first.exception} until ${day(first.until)}, by ${first.author}: ${first.reason}`;
    }
    case "met": {
      const absent = ids("no-object");
      return `${counted(proof.checks, "check")} passed${absent.length === 0 ? "" : `; nothing here for ${few(absent)} to judge`}`;
    }
    case "no-object":
      return `nothing here for ${few(ids("no-object"))} to judge`;
    case "gap":
      return "no control speaks of it";
    case "person": {
      if (controls.length === 0) return "no control speaks of it";
      const [first] = unknown;
      const open = first === undefined ? "" : `; not known: ${first}`;
      return proof.checks === 0
        ? `nothing here for ${few(controls.map(({ id }) => id))} to judge${open}`
        : `${counted(proof.checks, "check")} found nothing against it${open}`;
    }
  }
}

/** What is not known about the whole, a line each. */
export function notKnown(evidence: Evidence): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { requirements } of evidence.frameworks)
    for (const { unknown, state } of requirements)
      if (state !== "gap") for (const why of unknown) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  const lines = [...reasons]
    .filter(([why]) => !evidence.notLooked.includes(why))
    .toSorted((a, b) => b[1] - a[1])
    .map(([why, n]) => `${why} (in ${counted(n, "requirement")})`);
  const shown = 12;
  return [
    ...evidence.notLooked,
    ...lines.slice(0, shown),
    ...(lines.length > shown
      ? [`${lines.length - shown} more reasons, each with its requirement in the JSON form`]
      : []),
  ];
}

/** What the audit chain says, a line each; of a cluster that is not ours, that it says nothing. */
export function recordLines({ record }: Evidence): readonly string[] {
  if (record === undefined) return ["No audit chain was read: the look was at no instance of this machine."];
  const { instanceId, verdict, says, records, head, from, to, checkpoint } = record;
  return [
    `Audit chain of instance ${instanceId}: ${verdict}${says === "" ? "" : ` (${says})`}, ${counted(records, "record")}${from === undefined || to === undefined ? "" : `, ${minute(from)} to ${minute(to)}`}.`,
    `Head: ${head}`,
    checkpoint === undefined
      ? "No signed checkpoint is there yet."
      : `Newest signed checkpoint: record ${checkpoint.count}, ${checkpoint.hash}, ${checkpoint.time}, key ${checkpoint.keyId}, signature ${checkpoint.signature}`,
  ];
}
