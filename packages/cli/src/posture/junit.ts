import { areas, type ControlResult, type PostureFinding } from "@bulkhead/analysis";
import type { Look } from "../commands/posture.ts";
import { plural } from "../image/words.ts";
import { type JunitCase, type JunitSuite, junitText } from "../output/junit-text.ts";
import { objectText } from "../output/verdict-text.ts";
import { lineOf } from "./place.ts";

function caseOf(look: Look, finding: PostureFinding, counting: ReadonlySet<string>): JunitCase {
  const { id, area, control, object, severity, outcome, says, field, passing, accepted } = finding;
  const place = lineOf(look, finding);
  const head = {
    classname: `${area}.${control}`,
    name: `${objectText(object)}${field === undefined ? "" : ` ${field}`}`,
  };
  const text = [
    says,
    ...(place === undefined ? [] : [`${place.file}:${place.line}`]),
    ...(passing === undefined ? [] : [`would pass: ${passing}`]),
    `bulkhead explain ${control}`,
  ].join("\n");
  const message = `${severity}: ${says}`;
  switch (outcome) {
    case "error":
      return {
        ...head,
        outcome: { is: "error", type: "control", message: `the control itself failed: ${says}`, text },
      };
    case "unknown":
      return { ...head, outcome: { is: "skipped", type: "unknown", message: `not known: ${says}`, text } };
    case "accepted": {
      const until = `accepted until ${accepted?.until ?? ""}: ${accepted?.reason ?? ""}`;
      return { ...head, outcome: { is: "skipped", type: severity, message: until, text } };
    }
    case "fail": {
      if (counting.has(id)) return { ...head, outcome: { is: "failure", type: severity, message, text } };
      const standing = look.compared?.standings.get(id);
      const reason = standing?.entry?.reason;
      const why =
        standing?.is === "known" ? `known before${reason === undefined ? "" : `: ${reason}`}` : "below what fails";
      return { ...head, outcome: { is: "skipped", type: severity, message: `${why}: ${message}`, text } };
    }
  }
}

/** What passed, a test a control; a control that looked at nothing says so and has not passed. */
function restOf({ id, area, title, passed, failed, accepted, unknown, errors, gaps }: ControlResult): JunitCase[] {
  const classname = `${area}.${id}`;
  if (passed > 0) return [{ classname, name: `${title}: ${plural(passed, "object")}` }];
  if (failed + accepted + unknown + errors > 0) return [];
  const message =
    gaps.length === 0
      ? "nothing to look at"
      : `not known: ${[...new Set(gaps.map(({ kind, why }) => `${kind}: ${why}`))].join("; ")}`;
  return [{ classname, name: title, outcome: { is: "skipped", type: "unknown", message, text: "" } }];
}

/** The look as JUnit XML: failed where it counts for the exit code; what is not known is skipped, and never passed. */
export function postureJunit(look: Look): string {
  const counting = new Set(look.counting.map(({ id }) => id));
  const suites = areas.flatMap((area): JunitSuite[] => {
    const cases = [
      ...look.report.findings.filter((f) => f.area === area).map((finding) => caseOf(look, finding, counting)),
      ...look.report.controls.filter((c) => c.area === area).flatMap(restOf),
    ];
    return cases.length === 0 ? [] : [{ name: area, cases }];
  });
  const unread: JunitCase[] = look.problems.map(({ file, line, says }) => ({
    classname: "manifests",
    name: `${file}:${line}`,
    outcome: { is: "error", type: "unreadable", message: says, text: "" },
  }));
  return junitText(
    [...(unread.length === 0 ? [] : [{ name: "manifests", cases: unread }]), ...suites],
    { package: look.of, properties: [["posture", look.of]] },
    new Date(look.at),
  );
}
