import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeDurably } from "@bulkhead/host";
import { array, Broken, choice, end, endText, mark, optional, record, word, words } from "../baseline/json-fields.ts";
import { CommandFailure } from "../exit-codes.ts";
import { type BaselineEntry, entriesOf } from "./baseline.ts";
import { type ItemKind, itemKinds, itemsOf } from "./finding-item.ts";
import type { JudgedReport } from "./judged-report.ts";
import { type ScanReport, severities } from "./scan-report.ts";

const format = 1;
const mostBytes = 256 << 20;

/** A baseline as a file: a finding a line, so that a change of it can be reviewed. */
export function baselineText(
  { name, digest }: Pick<ScanReport, "name" | "digest">,
  entries: readonly BaselineEntry[],
): string {
  const lines = entries.map(({ expires, ...entry }) =>
    JSON.stringify({ ...entry, ...(expires === undefined ? {} : { expires: endText(expires) }) }),
  );
  const head = JSON.stringify({ bulkheadBaseline: format, image: name, ...(digest === undefined ? {} : { digest }) });
  return `${head.slice(0, -1)},"findings":[${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n`}]}\n`;
}

export interface BaselineFiles {
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

/** The baseline that was named; what is to be written anew keeps its reasons, and is read therefore too. */
export async function baselineOf({
  baseline,
  writeBaseline,
}: BaselineFiles): Promise<readonly BaselineEntry[] | undefined> {
  if (baseline !== undefined) return readBaseline(baseline, "--baseline");
  if (writeBaseline === undefined || !existsSync(writeBaseline)) return undefined;
  return readBaseline(writeBaseline, "--write-baseline");
}

/** Writes down all that is found. Says how much, and of how much the time is over. */
export async function writeDown(
  file: string,
  { report, items, compared }: JudgedReport,
): Promise<{ readonly entries: number; readonly expired: number }> {
  const entries = entriesOf(items, compared);
  await writeDurably(file, baselineText(report, entries), 0o644).catch((error: unknown) => {
    throw new CommandFailure(`--write-baseline ${file} cannot be written: ${(error as Error).message}`, 2, error);
  });
  const expired = [...(compared?.standings.values() ?? [])].filter(({ is }) => is === "expired").length;
  return { entries: entries.length, expired };
}

/** Reads a baseline, or a former report (`-o json`) as one. Throws CommandFailure that says where it is broken. */
export async function readBaseline(file: string, option: string): Promise<readonly BaselineEntry[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new CommandFailure(`${option} ${file} cannot be read: ${(error as Error).message}`, 2, error);
  });
  try {
    return parseBaseline(text);
  } catch (error) {
    if (error instanceof Broken) throw new CommandFailure(`${option} ${file}: ${error.message}`, 2, error);
    throw error;
  }
}

function parseBaseline(text: string): readonly BaselineEntry[] {
  if (text.length > mostBytes) throw new Broken("it is larger than any baseline");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Broken(`it is no JSON: ${(error as Error).message}`);
  }
  const body = record(document, "the document");
  if (body["bulkheadBaseline"] !== undefined) {
    if (body["bulkheadBaseline"] !== format)
      throw new Broken(
        `bulkheadBaseline: ${JSON.stringify(body["bulkheadBaseline"])}, and this version reads ${format}`,
      );
    return array(body["findings"], "findings").map((each, i) => entryOf(each, `findings[${i}]`));
  }
  if (body["inventory"] !== undefined) return ofReport(body);
  throw new Broken("it is neither a baseline (--write-baseline makes one) nor a report (bulkhead image scan -o json)");
}

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
  // A misspelt `expires` would let something by for ever.
  for (const name of Object.keys(entry))
    if (!known.has(name)) throw new Broken(`${at}.${name}: there is no such field`);
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
