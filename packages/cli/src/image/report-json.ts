import type { Standing } from "./baseline.ts";
import type { FindingItem } from "./finding-item.ts";
import type { JudgedReport } from "./judged-report.ts";

type Told = Pick<FindingItem, "kind" | "id" | "subject" | "severity">;
const told = ({ kind, id, subject, severity }: FindingItem): Told => ({ kind, id, subject, severity });

/** The report for programs; beside a baseline with what is new, known and gone. */
export function reportJson({ report, items, compared, bar, count }: JudgedReport): object {
  const of = (is: Standing["is"]): readonly Told[] =>
    items.filter((item) => compared?.standings.get(item)?.is === is).map(told);
  const { scan } = report;
  // Thousands of paths, and filters of names, which serve to tell what is loaded and linked.
  const inventory = { ...report.inventory, goFunctions: undefined };
  return {
    ...report,
    inventory,
    ...(scan === undefined ? {} : { scan: { ...scan, inventory, loadable: undefined } }),
    result: { failOn: bar.failOn, onlyFixed: bar.onlyFixed === true, failing: count },
    ...(compared === undefined
      ? {}
      : {
          baseline: {
            new: of("new"),
            worse: of("worse"),
            expired: of("expired"),
            known: of("known"),
            gone: compared.gone.map(({ kind, id, subject, severity }) => ({ kind, id, subject, severity })),
          },
        }),
  };
}
