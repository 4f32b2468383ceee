import type { PartHold, PartStep } from "@bulkhead/analysis";
import type { Switched } from "@bulkhead/host";
import type { Approved } from "../commands/current-approve.ts";
import type { KeepReport } from "../commands/current-keep.ts";
import { type ApplyReport, dueForPerson, type PlanReport } from "../commands/current-parts.ts";
import { columns, harmless, paint } from "../output/print.ts";

const held = ({ reason, by, until }: PartHold): string => `held until ${until.slice(0, 10)} by ${by}: ${reason}`;

const signs: Readonly<Record<PartStep["verdict"]["decision"], readonly ["green" | "yellow" | "red", string]>> = {
  now: ["green", "+"],
  failed: ["red", "!"],
  waits: ["yellow", "~"],
  "needs-approval": ["yellow", "?"],
  held: ["yellow", "="],
};

/** Why a part is brought up to date now, or not: the deciding object and field, and the command that turns it. */
function reason({ verdict, security }: PartStep): string {
  const { decision, because, until, action, held: hold, passedOver } = verdict;
  const [first] = because;
  const told = hold !== undefined && decision === "held" ? held(hold) : (first?.says ?? "");
  const by = decision === "now" && action === "Apply" ? "; done by itself" : "";
  const end = decision === "waits" && until !== undefined ? `waits until ${minute(until)}: ` : "";
  const turn = decision === "now" || first?.command === undefined ? "" : ` → ${first.command}`;
  return [
    ...(security.length === 0 ? [] : [`security: ${security.join(", ")}`]),
    ...(passedOver === undefined ? [] : [`does not wait, although ${held(passedOver)}`]),
    ...(decision === "now" && first?.object === undefined ? [] : [`${end}${told}${by}${turn}`]),
  ].join("; ");
}

const minute = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** What would change, what waits and why, and what nobody could say. */
export function planText({ steps, bulkhead, unchanged, unknown, expired, asked, notes }: PlanReport): string {
  const rows = [...steps, ...(bulkhead === undefined ? [] : [bulkhead])].map((step) => [
    paint(...signs[step.verdict.decision]),
    step.part,
    step.from,
    step.to,
    step === bulkhead ? harmless(step.suite) : `Debian ${step.suite}`,
    harmless(reason(step)),
  ]);
  const due = steps.filter(dueForPerson).length;
  return [
    ...(asked === undefined
      ? []
      : [
          `Asked ${asked.asked.slice(0, 16).replace("T", " ")} UTC: Debian ${asked.suite}${asked.security ? ` and ${asked.suite}-security` : ""} at ${harmless(asked.mirror)}`,
        ]),
    ...(rows.length === 0 ? [] : [columns([["", "PART", "HERE", "THERE", "FROM", ""], ...rows])]),
    ...(unchanged.length === 0 ? [] : [`nothing newer of: ${unchanged.join(", ")}`]),
    ...unknown.map(({ part, why }) => `${paint("yellow", "?")} ${part}: ${why}`),
    ...expired.map((hold) => `a hold is over: ${hold.part}, ${harmless(held(hold))}`),
    ...notes.map((note) => paint("dim", harmless(note))),
    ...(due === 0 ? [] : [`${due} would change: bulkhead current apply`]),
    ...(bulkhead === undefined || !dueForPerson(bulkhead)
      ? []
      : [`Bulkhead itself: bulkhead current apply --bulkhead ${bulkhead.to}`]),
  ].join("\n");
}

/** What was tried and done. */
export function appliedText({ plan, selfTest, switched, failed = [] }: ApplyReport): string {
  if (switched === undefined) return `${planText(plan)}\nnothing to do`;
  return [
    ...selfTest.map(
      ({ what, says }) => `${paint("green", "✓")} ${what}${says === "" ? "" : paint("dim", `  ${harmless(says)}`)}`,
    ),
    ...switchedLines(switched),
    ...failed.map(({ parts, why }) => `${paint("red", "✗")} ${parts.join(", ")}: ${harmless(why)}`),
    "The way back: bulkhead current rollback",
  ].join("\n");
}

const switchedLines = ({ changes, containers, restarted }: Switched): string[] => [
  ...changes.map(({ part, from, to }) => `${paint("green", "✓")} ${part} ${from} → ${to}`),
  restarted.length === 0
    ? "nothing of it ran: the next start takes them"
    : `${restarted.join(" and ")} started anew; ${containers === 1 ? "the container that ran runs on" : `the ${containers} containers that ran run on`}`,
];

export const rolledBackText = (switched: Switched): string =>
  [...switchedLines(switched), "What was there before the way back is kept: the same command returns to it"].join("\n");

export const holdsText = (holds: readonly PartHold[]): string =>
  holds.length === 0 ? "nothing is held" : holds.map((hold) => `${hold.part}: ${harmless(held(hold))}`).join("\n");

export const approvedText = ({ part, version, author, until }: Approved): string =>
  `${harmless(author)} approves ${part} ${harmless(version)} until ${until.slice(0, 10)}`;

export const keptText = ({ acted, begun, published, notes }: KeepReport): string =>
  [
    ...(begun === undefined ? [] : [`Bulkhead ${begun.from} → ${begun.to} is put in; it tells in ${begun.log}`]),
    ...acted.map(({ part, from, to, outcome, says }) => `${part} ${from} → ${to}: ${outcome}, ${harmless(says)}`),
    ...notes.map((note) => paint("dim", harmless(note))),
    published ? "what the machine is was published" : "nothing is said that was not said before",
  ].join("\n");
