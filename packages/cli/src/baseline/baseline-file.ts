import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeDurably } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { array, Broken, endText, record } from "./json-fields.ts";

/** How one kind of baseline is written, and what else may be read as one. */
export interface BaselineForm<Entry> {
  /** The field that says what it is, and of which version. */
  readonly field: string;
  readonly version: number;
  /** Reads an entry; throws Broken. */
  readonly entry: (value: unknown, at: string) => Entry;
  /** A former report read as one; undefined: it is none. Throws Broken. */
  readonly report: (body: Readonly<Record<string, unknown>>) => readonly Entry[] | undefined;
  /** The command whose `-o json` such a report is. */
  readonly reportOf: string;
}

export interface BaselineFiles {
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

const mostBytes = 256 << 20;

/** A baseline as a file: a finding a line, so that a change of it can be reviewed. `about` is of what it is. */
export function baselineText<Entry extends { readonly expires?: number }>(
  { field, version }: Pick<BaselineForm<Entry>, "field" | "version">,
  about: Readonly<Record<string, string>>,
  entries: readonly Entry[],
): string {
  const lines = entries.map(({ expires, ...entry }) =>
    JSON.stringify({ ...entry, ...(expires === undefined ? {} : { expires: endText(expires) }) }),
  );
  const head = JSON.stringify({ [field]: version, ...about });
  return `${head.slice(0, -1)},"findings":[${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n`}]}\n`;
}

/** Reads a baseline, or a former report. Throws Broken. */
export function parseBaseline<Entry>(text: string, form: BaselineForm<Entry>): readonly Entry[] {
  if (text.length > mostBytes) throw new Broken("it is larger than any baseline");
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Broken(`it is no JSON: ${(error as Error).message}`);
  }
  const body = record(document, "the document");
  const { field, version } = form;
  if (body[field] === undefined) {
    const entries = form.report(body);
    if (entries !== undefined) return entries;
    throw new Broken(`it is neither a baseline (--write-baseline makes one) nor a report (${form.reportOf})`);
  }
  if (body[field] !== version)
    throw new Broken(`${field}: ${JSON.stringify(body[field])}, and this version reads ${version}`);
  return array(body["findings"], "findings").map((each, i) => form.entry(each, `findings[${i}]`));
}

/** The baseline that an option names. Throws CommandFailure that says where it is broken. */
async function readBaseline<Entry>(file: string, option: string, form: BaselineForm<Entry>): Promise<readonly Entry[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new CommandFailure(`${option} ${file} cannot be read: ${(error as Error).message}`, 2, error);
  });
  try {
    return parseBaseline(text, form);
  } catch (error) {
    if (error instanceof Broken) throw new CommandFailure(`${option} ${file}: ${error.message}`, 2, error);
    throw error;
  }
}

/** The baseline that was named; what is to be written anew keeps its reasons, and is read therefore too. */
export async function baselineOf<Entry>(
  { baseline, writeBaseline }: BaselineFiles,
  form: BaselineForm<Entry>,
): Promise<readonly Entry[] | undefined> {
  if (baseline !== undefined) return readBaseline(baseline, "--baseline", form);
  if (writeBaseline === undefined || !existsSync(writeBaseline)) return undefined;
  return readBaseline(writeBaseline, "--write-baseline", form);
}

/** Writes a baseline, whole or not at all. Throws CommandFailure. */
export async function writeBaselineFile(file: string, text: string): Promise<void> {
  await writeDurably(file, text, 0o644).catch((error: unknown) => {
    throw new CommandFailure(`--write-baseline ${file} cannot be written: ${(error as Error).message}`, 2, error);
  });
}

/** A misspelt `expires` would let something by for ever: throws Broken for a field that there is none of. */
export function onlyFields(entry: Readonly<Record<string, unknown>>, known: ReadonlySet<string>, at: string): void {
  for (const name of Object.keys(entry))
    if (!known.has(name)) throw new Broken(`${at}.${name}: there is no such field`);
}
