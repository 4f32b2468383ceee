import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  type PostureBaselineEntry,
  type PostureCompared,
  type PostureFinding,
  postureEntries,
  severities,
} from "@bulkhead/analysis";
import { writeDurably } from "@bulkhead/host";
import { array, Broken, choice, end, endText, optional, record, word } from "../baseline/json-fields.ts";
import { CommandFailure } from "../exit-codes.ts";

const format = 1;
const known: ReadonlySet<string> = new Set(["id", "severity", "reason", "expires"]);

/** A baseline as a file: a finding a line, so that a change of it can be reviewed. */
export function postureBaselineText(of: string, at: string, entries: readonly PostureBaselineEntry[]): string {
  const lines = entries.map(({ expires, ...entry }) =>
    JSON.stringify({ ...entry, ...(expires === undefined ? {} : { expires: endText(expires) }) }),
  );
  const head = JSON.stringify({ bulkheadPostureBaseline: format, of, at });
  return `${head.slice(0, -1)},"findings":[${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n`}]}\n`;
}

/** Reads a baseline, or a former `-o json`. Throws Broken. */
export function parsePostureBaseline(text: string): readonly PostureBaselineEntry[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Broken(`it is no JSON: ${(error as Error).message}`);
  }
  const body = record(document, "the document");
  const findings = array(body["findings"], "findings");
  if (body["bulkheadPostureBaseline"] === undefined) {
    if (body["controls"] === undefined)
      throw new Broken(
        "it is neither a baseline (--write-baseline makes one) nor a report (bulkhead posture list -o json)",
      );
    return findings.flatMap((each, i) => {
      const finding = record(each, `findings[${i}]`);
      return finding["outcome"] === "fail" ? [ofReport(finding, `findings[${i}]`)] : [];
    });
  }
  if (body["bulkheadPostureBaseline"] !== format)
    throw new Broken(
      `bulkheadPostureBaseline: ${JSON.stringify(body["bulkheadPostureBaseline"])}, and this version reads ${format}`,
    );
  return findings.map((each, i) => entryOf(each, `findings[${i}]`));
}

const ofReport = (finding: Readonly<Record<string, unknown>>, at: string): PostureBaselineEntry => ({
  id: word(finding["id"], `${at}.id`),
  severity: choice(finding["severity"], `${at}.severity`, severities),
});

function entryOf(value: unknown, at: string): PostureBaselineEntry {
  const entry = record(value, at);
  // A misspelt `expires` would let something by for ever.
  for (const name of Object.keys(entry))
    if (!known.has(name)) throw new Broken(`${at}.${name}: there is no such field`);
  const severity = optional(entry["severity"], `${at}.severity`, (v, a) => choice(v, a, severities));
  const reason = optional(entry["reason"], `${at}.reason`, word);
  const expires = optional(entry["expires"], `${at}.expires`, end);
  return {
    id: word(entry["id"], `${at}.id`),
    ...(severity === undefined ? {} : { severity }),
    ...(reason === undefined ? {} : { reason }),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** The baseline that an option names. Throws CommandFailure that says where it is broken. */
export async function readPostureBaseline(file: string, option: string): Promise<readonly PostureBaselineEntry[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new CommandFailure(`${option} ${file} cannot be read: ${(error as Error).message}`, 2, error);
  });
  try {
    return parsePostureBaseline(text);
  } catch (error) {
    if (error instanceof Broken) throw new CommandFailure(`${option} ${file}: ${error.message}`, 2, error);
    throw error;
  }
}

/** The baseline that was named; what is to be written anew keeps its reasons, and is read therefore too. */
export async function postureBaselineOf(o: {
  readonly baseline?: string;
  readonly writeBaseline?: string;
}): Promise<readonly PostureBaselineEntry[] | undefined> {
  if (o.baseline !== undefined) return readPostureBaseline(o.baseline, "--baseline");
  if (o.writeBaseline === undefined || !existsSync(o.writeBaseline)) return undefined;
  return readPostureBaseline(o.writeBaseline, "--write-baseline");
}

/** Writes down all that fails. Says how much. */
export async function writePostureBaseline(
  file: string,
  of: string,
  at: string,
  findings: readonly PostureFinding[],
  compared: PostureCompared | undefined,
): Promise<number> {
  const entries = postureEntries(findings, compared);
  await writeDurably(file, postureBaselineText(of, at, entries), 0o644).catch((error: unknown) => {
    throw new CommandFailure(`--write-baseline ${file} cannot be written: ${(error as Error).message}`, 2, error);
  });
  return entries.length;
}
