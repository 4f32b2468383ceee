import type { Imported } from "@bulkhead/images";
import type { AdvisoriesStatus, ImportReport, StatusSource } from "../commands/advisories.ts";
import { columns, harmless, paint } from "../output/print.ts";
import { refreshText } from "./refresh-text.ts";

const days = (count: number): string => (count === 0 ? "today" : count === 1 ? "1 day ago" : `${count} days ago`);

const staleness = {
  "not-checked": "stale: not asked for lately; import it again",
  frozen: "stale: its publisher has not changed it for long",
  held: "held: the last refresh shrank it; import it again with --accept",
} as const;

function stateOf({ age, unreadable }: StatusSource): string {
  const parts = [
    age.stale === undefined
      ? paint("green", "fresh")
      : paint(age.stale === "held" ? "red" : "yellow", staleness[age.stale]),
    ...(unreadable.count === 0 ? [] : [paint("yellow", `${unreadable.count} unreadable`)]),
  ];
  return parts.join(", ");
}

/** The sources as a table, and the first of what could not be read. */
export function statusText({ database, sources, refresh, followed }: AdvisoriesStatus, now = Date.now()): string {
  const taken = followed.length === 0 ? [] : ["\nTaken in by themselves:", ...followedText(followed, now)];
  if (sources.length === 0)
    return [`No advisories at ${database}.\nTake some in: bulkhead advisories import DIR|URL`, ...taken].join("\n");
  const rows = sources.map((source) => [
    harmless(source.name),
    String(source.records),
    days(source.age.checkedDaysAgo),
    source.age.newestDaysAgo === undefined ? "not said" : days(source.age.newestDaysAgo),
    stateOf(source),
  ]);
  const unread = sources.flatMap(({ name, unreadable }) =>
    unreadable.first.map((each) => `  ${harmless(name)}: ${harmless(each.name)}: ${harmless(each.why)}`),
  );
  return [
    columns([["SOURCE", "RECORDS", "TAKEN IN", "NEWEST", "STATE"], ...rows]),
    ...refreshText(refresh).map((line, i) => (i === 0 ? `\n${line}` : line)),
    ...taken,
    ...(unread.length === 0 ? [] : ["\nCould not be read (the first of each source):", ...unread]),
  ].join("\n");
}

/** A place a line: how often, and how it went. */
export const followedText = (followed: AdvisoriesStatus["followed"], now: number): string[] =>
  followed.map(({ location, every, last }) => {
    const how =
      last === undefined
        ? "not looked at yet"
        : last.outcome === "taken"
          ? paint("green", `taken ${ago(now - last.at)}`)
          : paint("red", `${last.outcome} ${ago(now - last.at)}: ${harmless(last.says)}`);
    return `  ${harmless(location)}, every ${every % hour === 0 ? `${every / hour}h` : `${every / 60_000}m`}: ${how}`;
  });

const hour = 3_600_000;
const ago = (time: number): string =>
  time < 60_000
    ? "just now"
    : time < hour
      ? `${Math.floor(time / 60_000)} min ago`
      : `${Math.floor(time / hour)} h ago`;

function importedText(imported: Imported): string {
  if (imported.outcome !== "taken") return `${paint("red", imported.outcome)}  ${harmless(imported.says)}`;
  const { source, changed, removed } = imported;
  const aside = [
    ...(source.withdrawn === 0 ? [] : [`${source.withdrawn} withdrawn`]),
    ...(source.irrelevant === 0 ? [] : [`${source.irrelevant} about other things`]),
    ...(source.unreadable.count === 0 ? [] : [paint("yellow", `${source.unreadable.count} unreadable`)]),
  ];
  return `${paint("green", "taken")}  ${harmless(source.name)}: ${source.records} records, ${changed} new or changed, ${removed} gone${aside.length === 0 ? "" : ` (${aside.join(", ")})`}`;
}

export const importText = ({ database, sources, decided = false }: ImportReport): string =>
  [
    ...sources.map(importedText),
    `into ${database}`,
    ...(decided ? ["The node's agent compares it with what is in use first: bulkhead advisories status"] : []),
  ].join("\n");
