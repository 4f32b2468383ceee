import type { AuditedWrite } from "../audit/last-writes.ts";
import type { Look } from "../commands/posture.ts";
import { clean, cut, level, plural } from "../image/words.ts";
import { paint } from "../output/print.ts";
import { objectText } from "../output/verdict-text.ts";
import type { Appeared, AppearedFinding } from "./appeared.ts";
import { verdict } from "./screen-text.ts";

const second = (time: string): string => time.replace(/\.\d+Z$/, "Z");

const writeText = ({ user, really, created, at, from }: AuditedWrite): string =>
  `${created ? "created" : "last changed before that"} by ${clean(user)}${really === undefined ? "" : ` (really ${clean(really)})`} at ${second(at)}${from === undefined ? "" : ` from ${clean(from)}`}`;

function lines({ finding, firstSeen, changed, unchanged }: AppearedFinding): string[] {
  const who = changed === undefined ? unchanged : writeText(changed);
  return [
    `  ${level(finding.severity)}  ${finding.control}  ${clean(objectText(finding.object))}  ${cut(clean(finding.says), 90)}`,
    paint("dim", `      first seen ${second(firstSeen)}${who === undefined ? "" : `; ${who}`}`),
  ];
}

/** What appeared since a time, who changed the objects, and what nobody can say. */
export function appearedText(look: Look, { since, appeared, earlier, counting, notKnown }: Appeared): string {
  return [
    paint(
      "bold",
      `Since ${second(since)}: ${plural(appeared.length, "finding")} appeared; ${plural(earlier, "finding")} ${earlier === 1 ? "was" : "were"} there before`,
    ),
    ...appeared.flatMap(lines),
    "",
    paint("bold", "Not known"),
    ...notKnown.map((line) => `  ${clean(line)}`),
    "",
    verdict({ ...look, counting }, "new "),
  ].join("\n");
}

/** The same as one document for programs. */
export const appearedJson = (
  { of, kind, at, failOn, report, notes }: Look,
  { since, appeared, earlier, undated, counting, notKnown }: Appeared,
): object => ({
  of,
  kind,
  since,
  at,
  failOn,
  counting: counting.length,
  appeared: appeared.map(({ finding, ...more }) => ({ ...finding, ...more })),
  earlier,
  undated,
  notKnown,
  notRead: report.gaps,
  notes,
});
