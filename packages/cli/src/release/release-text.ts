import type { BulkheadPlan, BulkheadRolledBack } from "../commands/current-release.ts";
import type { BulkheadApplied } from "../commands/current-release-apply.ts";
import { lostText } from "../instance/database.ts";
import { harmless, paint } from "../output/print.ts";
import type { Moved } from "./move-programs.ts";
import { refusalText } from "./release-plan.ts";

const back = "bulkhead current rollback --bulkhead";

/** How Bulkhead itself stands, and what a release would change. */
export function bulkheadPlanText({ here, format, previous, pending, release }: BulkheadPlan): string {
  const from = here.manifest === undefined ? "of a clone" : `release, ${here.vouched ?? "nobody vouches for it"}`;
  return harmless(
    [
      `Bulkhead ${here.version} (${from}); database of format ${format ?? "unknown: ask as root"}, it reads ${here.schema.reads.join(", ")}`,
      ...(pending === undefined
        ? []
        : [
            `${paint("yellow", "!")} a switch from ${pending.move.from.version} to ${pending.move.to.version}, begun ${pending.at}, was not ended: it is under way, or the next bulkhead up ends it`,
          ]),
      ...(previous === undefined
        ? ["way back: none, since nothing was put in by current apply --bulkhead"]
        : [`way back: ${previous.version}, ${wayBackText(previous)}`]),
      ...(release === undefined ? [] : releaseLines(release)),
    ].join("\n"),
  );
}

function wayBackText({ wayBack, lost }: NonNullable<BulkheadPlan["previous"]>): string {
  if (wayBack === "program") return `which reads the database as it is: nothing is lost (${back})`;
  if (wayBack === "unknown") return "and whether it reads the database root can tell";
  return `which does not read the database any more; its copy would come back: ${lost === undefined ? "how much is lost is not known" : lostText(lost)} (${back} --lose-writes)`;
}

function releaseLines(release: NonNullable<BulkheadPlan["release"]>): string[] {
  const { from, to, step, format, wayBack, vouched } = release;
  const head = `${to}: ${vouched}`;
  if (step === "nothing") return [head, "nothing to do: it runs already"];
  if (step === "refused") return [head, `${paint("red", "✗")} ${refusalText(release)}`];
  return [
    head,
    `${paint("green", "+")} Bulkhead ${from} → ${to}`,
    format.from === format.to
      ? `  the database stays at format ${format.to}`
      : `  the database goes from format ${format.from} to ${format.to}`,
    wayBack === "program"
      ? `  ${from} reads that: going back loses nothing`
      : `  ${from} does not read that: going back brings the copy made before, and loses what was written since`,
  ];
}

/** What was tried and done. */
export function bulkheadAppliedText({ plan, vouched, selfTest, moved, copy, audited }: BulkheadApplied): string {
  if (moved === undefined) return harmless(`Bulkhead ${plan.to} runs already: nothing to do`);
  return harmless(
    [
      `${paint("green", "✓")} ${vouched}`,
      ...selfTest.map(
        ({ what, says }) => `${paint("green", "✓")} ${what}${says === "" ? "" : paint("dim", `  ${says}`)}`,
      ),
      `${paint("green", "✓")} Bulkhead ${plan.from} → ${plan.to}`,
      ...movedLines(moved),
      ...auditedLines(audited),
      `The way back: ${back}${plan.wayBack === "program" ? "" : `; it would lose what is written from now on (copy: ${copy?.file})`}`,
    ].join("\n"),
  );
}

export const bulkheadRolledBackText = ({ from, to, moved, audited }: BulkheadRolledBack): string =>
  harmless(
    [
      `${paint("green", "✓")} Bulkhead ${from} → ${to}`,
      ...movedLines(moved),
      moved.lost === undefined
        ? "no write is lost"
        : `${lostText(moved.lost)}; what was there is kept as ${moved.abandoned}`,
      ...auditedLines(audited),
    ].join("\n"),
  );

const containersText = (count: number): string =>
  count === 0
    ? "no container ran"
    : count === 1
      ? "the container that ran runs on"
      : `the ${count} containers that ran run on`;

const movedLines = ({ restarted, containers }: Moved): string[] => [
  restarted ? `started anew; ${containersText(containers)}` : "it did not run: the next start takes it",
];

const auditedLines = (audited: boolean): string[] =>
  audited ? [] : ["not every step is in the audit log: the API did not answer"];
