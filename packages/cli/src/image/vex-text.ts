import type { AppliedStatement, Finding } from "@bulkhead/images";
import { columns, paint } from "../output/print.ts";
import type { ScanReport } from "./scan-report.ts";
import { clean, cut, plural, title } from "./words.ts";

const words = {
  not_affected: "not affected",
  fixed: "fixed",
  affected: "affected",
  under_investigation: "looked into",
} as const;

/** `not affected, says ImageTrustPolicy/release: vulnerable code not in execute path; we serve no uploads`. */
function told({ status, author, justification, statement, at }: AppliedStatement): string {
  const reasons = [justification?.replaceAll("_", " "), statement].filter((r) => r !== undefined && r !== "");
  const why = reasons.length === 0 ? "" : `: ${clean(reasons.join("; "))}`;
  const when = at === undefined ? "" : paint("dim", ` (${new Date(at).toISOString().slice(0, 10)})`);
  return `${words[status]}, says ${cut(clean(author), 80)}${cut(why, 160)}${when}`;
}

const most = 10;

const rows = (found: readonly (readonly [Finding, AppliedStatement])[], all: boolean): string[] => {
  const listed = all ? found : found.slice(0, most);
  if (listed.length === 0) return [];
  const lines = listed.map(([f, said]) => [`  ${clean(f.id)}`, cut(clean(f.package.name), 40), told(said)]);
  const more = found.length - listed.length;
  return [columns(lines), ...(more > 0 ? [paint("dim", `  ${more} more: --all`)] : [])];
};

/** Which findings statements settle, by whose word; and what was said that settles nothing. */
export function vexText({ match, vex }: ScanReport, all: boolean): string[] {
  const findings = match?.findings ?? [];
  const settled = findings.flatMap((f) => (f.suppressed === undefined ? [] : [[f, f.suppressed] as const]));
  const said = findings.flatMap((f) => {
    const [first] = f.statements;
    return f.suppressed !== undefined || first === undefined ? [] : [[f, first] as const];
  });
  const { documents = [], failures = [] } = vex ?? {};
  const skipped = documents.reduce((sum, each) => sum + each.skipped, 0);
  const unheard = documents.filter((d) => d.statements > 0).length > 0 && settled.length + said.length === 0;
  const notes = [
    ...(unheard ? [`${plural(documents.length, "document")} of statements, none about these findings`] : []),
    ...(skipped > 0 ? [`${plural(skipped, "statement")} not understood or past a bound`] : []),
    ...(failures.length > 0
      ? [
          `${failures.length} beside the image not looked into: ${[...new Set(failures.map((f) => f.reason))].sort().join(", ")}`,
        ]
      : []),
  ];
  return [
    ...(settled.length === 0 ? [] : [title(`Settled by statements: ${settled.length}`), ...rows(settled, all)]),
    ...(said.length === 0 ? [] : [title("Said, and settles nothing"), ...rows(said, all)]),
    ...(notes.length === 0 ? [] : [paint("dim", `  statements: ${notes.join("; ")}`)]),
  ];
}
