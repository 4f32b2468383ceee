import type { PartHold } from "@bulkhead/analysis";
import type { Switched } from "@bulkhead/host";
import type { ApplyReport, PlanReport } from "../commands/current-parts.ts";
import { columns, harmless, paint } from "../output/print.ts";

const held = ({ reason, by, until }: PartHold): string => `held until ${until.slice(0, 10)} by ${by}: ${reason}`;

/** What would change, what waits and why, and what nobody could say. */
export function planText({ steps, unchanged, unknown, expired, asked, notes }: PlanReport): string {
  const rows = steps.map((step) => [
    step.held === undefined ? paint("green", "+") : paint("yellow", "="),
    step.part,
    step.from,
    step.to,
    `Debian ${step.suite}`,
    harmless(
      step.held !== undefined
        ? held(step.held)
        : [
            ...(step.security.length === 0 ? [] : [`security: ${step.security.join(", ")}`]),
            ...(step.passedOver === undefined ? [] : [`does not wait, although ${held(step.passedOver)}`]),
          ].join("; "),
    ),
  ]);
  const due = steps.filter((step) => step.held === undefined).length;
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
  ].join("\n");
}

/** What was tried and done. */
export function appliedText({ plan, selfTest, switched }: ApplyReport): string {
  if (switched === undefined) return `${planText(plan)}\nnothing to do`;
  return [
    ...selfTest.map(
      ({ what, says }) => `${paint("green", "✓")} ${what}${says === "" ? "" : paint("dim", `  ${harmless(says)}`)}`,
    ),
    ...switchedLines(switched),
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
