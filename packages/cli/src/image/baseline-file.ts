import {
  type BaselineFiles,
  type BaselineForm,
  onlyFields,
  baselineOf as read,
  baselineText as textOf,
  writeBaselineFile,
} from "../baseline/baseline-file.ts";
import { array, choice, end, mark, optional, record, word, words } from "../baseline/json-fields.ts";
import { type BaselineEntry, entriesOf } from "./baseline.ts";
import { type ItemKind, itemKinds, itemsOf } from "./finding-item.ts";
import type { JudgedReport } from "./judged-report.ts";
import { type ScanReport, severities } from "./scan-report.ts";

const known: ReadonlySet<string> = new Set([
  "kind",
  "id",
  "aliases",
  "subject",
  "severity",
  "exploited",
  "malicious",
  "reason",
  "expires",
]);

function entryOf(value: unknown, at: string): BaselineEntry {
  const entry = record(value, at);
  onlyFields(entry, known, at);
  const aliases = optional(entry["aliases"], `${at}.aliases`, words);
  const subject = optional(entry["subject"], `${at}.subject`, word);
  const severity = optional(entry["severity"], `${at}.severity`, (v, a) => choice(v, a, [...severities, "info"]));
  const exploited = optional(entry["exploited"], `${at}.exploited`, mark);
  const malicious = optional(entry["malicious"], `${at}.malicious`, mark);
  const reason = optional(entry["reason"], `${at}.reason`, word);
  const expires = optional(entry["expires"], `${at}.expires`, end);
  return {
    kind: choice<ItemKind>(entry["kind"], `${at}.kind`, itemKinds),
    id: word(entry["id"], `${at}.id`),
    ...(aliases === undefined ? {} : { aliases }),
    ...(subject === undefined ? {} : { subject }),
    ...(severity === undefined ? {} : { severity }),
    ...(exploited === undefined ? {} : { exploited }),
    ...(malicious === undefined ? {} : { malicious }),
    ...(reason === undefined ? {} : { reason }),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** A former report, looked through as far as findings are made of it. */
function ofReport(body: Readonly<Record<string, unknown>>): readonly BaselineEntry[] {
  const secrets = array(body["secrets"] ?? [], "secrets");
  for (const [i, each] of secrets.entries())
    for (const field of ["rule", "path", "severity"])
      word(record(each, `secrets[${i}]`)[field], `secrets[${i}].${field}`);
  const checks = array(body["checks"] ?? [], "checks");
  for (const [i, each] of checks.entries()) {
    const check = record(each, `checks[${i}]`);
    for (const field of ["id", "severity"]) word(check[field], `checks[${i}].${field}`);
    for (const [j, hit] of array(check["hits"], `checks[${i}].hits`).entries())
      word(record(hit, `checks[${i}].hits[${j}]`)["where"], `checks[${i}].hits[${j}].where`);
  }
  const match = optional(body["match"], "match", record);
  const findings = match === undefined ? [] : array(match["findings"], "match.findings");
  for (const [i, each] of findings.entries()) {
    const at = `match.findings[${i}]`;
    const finding = record(each, at);
    for (const field of ["id", "kind"]) word(finding[field], `${at}.${field}`);
    words(finding["ids"], `${at}.ids`);
    const found = record(finding["package"], `${at}.package`);
    for (const field of ["ecosystem", "name"]) word(found[field], `${at}.package.${field}`);
    word(record(finding["severity"], `${at}.severity`)["level"], `${at}.severity.level`);
    record(finding["fix"], `${at}.fix`);
  }
  const report = { secrets, checks, ...(match === undefined ? {} : { match: { findings } }) };
  return itemsOf(report as unknown as ScanReport).map(({ kind, id, ids, subject, severity, exploited, malicious }) => ({
    kind,
    id,
    aliases: ids,
    subject,
    severity,
    ...(exploited === undefined ? {} : { exploited }),
    ...(malicious === undefined ? {} : { malicious }),
  }));
}

const form: BaselineForm<BaselineEntry> = {
  field: "bulkheadBaseline",
  version: 1,
  entry: entryOf,
  report: (body) => (body["inventory"] === undefined ? undefined : ofReport(body)),
  reportOf: "bulkhead image scan -o json",
};

/** A baseline of an image. */
export const baselineText = (
  { name, digest }: Pick<ScanReport, "name" | "digest">,
  entries: readonly BaselineEntry[],
): string => textOf(form, { image: name, ...(digest === undefined ? {} : { digest }) }, entries);

/** The baseline that was named, or a former report (`-o json`). Throws CommandFailure that says where it is broken. */
export const baselineOf = (files: BaselineFiles): Promise<readonly BaselineEntry[] | undefined> => read(files, form);

/** Writes down all that is found. Says how much, and of how much the time is over. */
export async function writeDown(
  file: string,
  { report, items, compared }: JudgedReport,
): Promise<{ readonly entries: number; readonly expired: number }> {
  const entries = entriesOf(items, compared);
  await writeBaselineFile(file, baselineText(report, entries));
  const expired = [...(compared?.standings.values() ?? [])].filter(({ is }) => is === "expired").length;
  return { entries: entries.length, expired };
}
