import {
  type CurrencyInventory,
  daysUntil,
  type Item,
  type ItemVulnerability,
  itemKinds,
  type Verdict,
  verdicts,
} from "@bulkhead/analysis";
import { columns, harmless, paint } from "../output/print.ts";

const colour: Readonly<Record<Verdict, "red" | "yellow" | "green" | "dim">> = {
  vulnerable: "red",
  unsupported: "red",
  update: "yellow",
  unknown: "dim",
  current: "green",
};

const words: Readonly<Record<Verdict, string>> = {
  vulnerable: "vulnerable",
  unsupported: "unsupported",
  update: "to update",
  unknown: "unknown",
  current: "current",
};

const count = (items: readonly Item[], verdict: Verdict): number =>
  items.filter((item) => item.verdict === verdict).length;

/** Urgent things that are shown whole; the rest is counted. */
const shown = 12;

export interface TextOptions {
  readonly all?: boolean;
  readonly now: number;
}

/** What is urgent, what ends when, how much of each, and by what sources. */
export function currentText(inventory: CurrencyInventory, { all = false, now }: TextOptions): string {
  const { items } = inventory;
  const urgent = items.filter(({ verdict }) => verdict !== "current" && verdict !== "unknown");
  const listed = all ? urgent : urgent.slice(0, shown);
  return [
    `${paint("bold", harmless(inventory.of))}, ${inventory.at.slice(0, 16).replace("T", " ")} UTC`,
    headline(items),
    ...listed.flatMap((item) => ["", ...itemLines(item)]),
    ...(urgent.length > listed.length
      ? ["", `… and ${urgent.length - listed.length} more: bulkhead current --all`]
      : []),
    ...endings(items, now),
    "",
    ...kinds(items),
    ...(all ? currentNames(items) : []),
    ...unknowns(items),
    ...sources(inventory),
    ...unseen(inventory),
  ].join("\n");
}

/** What the summary may claim: nothing is called well of which part is unknown. */
function headline(items: readonly Item[]): string {
  const counts = verdicts.map((verdict) => [verdict, count(items, verdict)] as const).filter(([, n]) => n > 0);
  if (counts.length === 0) return "nothing was found that could grow old";
  return counts.map(([verdict, n]) => paint(colour[verdict], `${n} ${words[verdict]}`)).join(", ");
}

function itemLines(item: Item): string[] {
  return [
    `${paint(colour[item.verdict], words[item.verdict].toUpperCase())}  ${paint("bold", harmless(item.id))}  ${harmless(item.version)}`,
    `  ${harmless(item.because)}`,
    ...(item.whatToDo === undefined ? [] : [`  ${paint("cyan", "→")} ${harmless(item.whatToDo)}`]),
  ];
}

function endings(items: readonly Item[], now: number): string[] {
  const dated = items
    .flatMap((item) => {
      const until = item.support?.until;
      const days = until === undefined ? undefined : daysUntil(until, now);
      return until === undefined || days === undefined || days < 0 ? [] : [{ item, until, days }];
    })
    .toSorted((a, b) => a.days - b.days);
  if (dated.length === 0) return [];
  // What was made together ends together.
  const rows = [...Map.groupBy(dated, ({ item, until }) => `${until.slice(0, 10)} ${item.kind}`).values()]
    .slice(0, 6)
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { item, until, days } = first;
      const names = group.length === 1 ? item.id : `${group.length} of kind ${item.kind} (${item.name}, …)`;
      return [
        [
          `  ${until.slice(0, 10)}`,
          `in ${days} days`,
          harmless(names),
          paint("dim", harmless(item.support?.from ?? "")),
        ],
      ];
    });
  return ["", "Ends next:", columns(rows)];
}

function kinds(items: readonly Item[]): string[] {
  const rows = itemKinds.flatMap((kind) => {
    const of = items.filter((item) => item.kind === kind);
    return of.length === 0
      ? []
      : [[kind, String(of.length), ...verdicts.map((verdict) => String(count(of, verdict) || "-"))]];
  });
  return rows.length === 0
    ? []
    : [columns([["KIND", "ALL", ...verdicts.map((verdict) => words[verdict].toUpperCase())], ...rows])];
}

const currentNames = (items: readonly Item[]): string[] => {
  const rows = items
    .filter(({ verdict }) => verdict === "current")
    .map((item) => [`  ${harmless(item.id)}`, harmless(item.version), paint("dim", harmless(item.because))]);
  return rows.length === 0 ? [] : ["", "Current:", columns(rows)];
};

/** Unknown things by what would have to be looked up, so that one step shows for all that it answers. */
function unknowns(items: readonly Item[]): string[] {
  const groups = Map.groupBy(
    items.filter(({ verdict }) => verdict === "unknown").flatMap((item) => item.gaps.map((gap) => ({ gap, item }))),
    ({ gap }) => gap,
  );
  if (groups.size === 0) return [];
  const lines = [...groups].map(([gap, of]) => {
    const names = of.map(({ item }) => item.name.replace(/@sha256:[0-9a-f]+$/, ""));
    return `  ${harmless(gap)}: ${harmless(names.slice(0, 4).join(", "))}${names.length > 4 ? ` and ${names.length - 4} more` : ""}`;
  });
  return ["", paint("yellow", "Unknown, because it was not looked up:"), ...lines];
}

function sources(inventory: CurrencyInventory): string[] {
  // Of API versions no source but the table is asked.
  if (inventory.items.every(({ kind }) => kind === "api-version")) return [];
  if (inventory.sources.length === 0)
    return ["", paint("yellow", "No advisories are at hand: bulkhead advisories import DIR|URL")];
  const days = (n: number): string => (n === 0 ? "today" : n === 1 ? "1 day ago" : `${n} days ago`);
  const rows = inventory.sources.map(({ name, records, checkedDaysAgo, newestDaysAgo, stale }) => [
    harmless(name),
    String(records),
    days(checkedDaysAgo),
    newestDaysAgo === undefined ? "not said" : days(newestDaysAgo),
    stale === undefined ? paint("green", "fresh") : paint("yellow", `stale (${stale})`),
  ]);
  return ["", columns([["LOOKED UP IN", "RECORDS", "TAKEN IN", "NEWEST", "STATE"], ...rows])];
}

const unseen = (inventory: CurrencyInventory): string[] =>
  inventory.unseen.length === 0
    ? []
    : ["", "Not seen from here:", ...inventory.unseen.map(({ what, why }) => `  ${harmless(what)}: ${harmless(why)}`)];

/** One item with all that is known of it. */
export function itemText(item: Item): string {
  const row = (name: string, value: string | undefined): string[][] =>
    value === undefined || value === "" ? [] : [[name, harmless(value)]];
  return [
    ...itemLines(item),
    "",
    columns([
      ...row("found in", item.origin),
      ...row("purl", item.purl),
      ...row("in use since", item.since),
      ...row(
        "support",
        item.support === undefined
          ? undefined
          : `${item.support.ended ? "over" : "goes on"}${item.support.until === undefined ? "" : `, ${item.support.until}`} (${item.support.from})`,
      ),
      ...row(
        "newest",
        item.newest === undefined
          ? undefined
          : `${item.newest.version} (${item.newest.source}${item.newest.at === "" ? "" : `, asked ${item.newest.at.slice(0, 10)}`})`,
      ),
    ]),
    ...(item.vulnerabilities.length === 0 ? [] : ["", "Known flaws:", ...item.vulnerabilities.map(flawLine)]),
    ...(item.gaps.length === 0
      ? []
      : ["", paint("yellow", "Not looked up:"), ...item.gaps.map((gap) => `  ${harmless(gap)}`)]),
  ].join("\n");
}

const touches = { yes: "touches this", no: "does not touch this", unknown: "may touch this" } as const;

function flawLine(flaw: ItemVulnerability): string {
  const { id, severity, exploited, fixed, because, summary, sources: from } = flaw;
  const head = `  ${harmless(id)}  ${severity}${exploited ? ", used in attacks" : ""}  ${touches[flaw.touches]}: ${harmless(because)}`;
  const rest = [
    summary,
    fixed === undefined ? "no fix is known" : `mended in ${fixed}`,
    `by ${from.join(", ")}`,
  ].filter((part) => part !== undefined);
  return `${head}\n    ${harmless(rest.join("; "))}`;
}
