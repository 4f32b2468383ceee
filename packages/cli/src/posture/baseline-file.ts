import {
  type PostureBaselineEntry,
  type PostureCompared,
  type PostureFinding,
  postureEntries,
  severities,
} from "@bulkhead/analysis";
import {
  type BaselineFiles,
  type BaselineForm,
  baselineOf,
  baselineText,
  onlyFields,
  parseBaseline,
  writeBaselineFile,
} from "../baseline/baseline-file.ts";
import { array, choice, end, optional, record, word } from "../baseline/json-fields.ts";

const known: ReadonlySet<string> = new Set(["id", "severity", "reason", "expires"]);

const ofReport = (finding: Readonly<Record<string, unknown>>, at: string): PostureBaselineEntry => ({
  id: word(finding["id"], `${at}.id`),
  severity: choice(finding["severity"], `${at}.severity`, severities),
});

function entryOf(value: unknown, at: string): PostureBaselineEntry {
  const entry = record(value, at);
  onlyFields(entry, known, at);
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

const form: BaselineForm<PostureBaselineEntry> = {
  field: "bulkheadPostureBaseline",
  version: 1,
  entry: entryOf,
  report: (body) =>
    body["controls"] === undefined
      ? undefined
      : array(body["findings"], "findings").flatMap((each, i) => {
          const finding = record(each, `findings[${i}]`);
          return finding["outcome"] === "fail" ? [ofReport(finding, `findings[${i}]`)] : [];
        }),
  reportOf: "bulkhead posture list -o json",
};

/** A baseline of what was looked at, and when. */
export const postureBaselineText = (of: string, at: string, entries: readonly PostureBaselineEntry[]): string =>
  baselineText(form, { of, at }, entries);

/** Reads a baseline, or a former `-o json`. Throws Broken. */
export const parsePostureBaseline = (text: string): readonly PostureBaselineEntry[] => parseBaseline(text, form);

/** The baseline that was named. Throws CommandFailure that says where it is broken. */
export const postureBaselineOf = (files: BaselineFiles): Promise<readonly PostureBaselineEntry[] | undefined> =>
  baselineOf(files, form);

/** Writes down all that fails. Says how much. */
export async function writePostureBaseline(
  file: string,
  of: string,
  at: string,
  findings: readonly PostureFinding[],
  compared: PostureCompared | undefined,
): Promise<number> {
  const entries = postureEntries(findings, compared);
  await writeBaselineFile(file, postureBaselineText(of, at, entries));
  return entries.length;
}
