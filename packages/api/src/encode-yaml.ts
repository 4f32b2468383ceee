/** From a JSON value to YAML, as Kubernetes answers: keys sorted, lists in line with their key. */

/** Words that some YAML reader takes for something else than a string. */
const taken: ReadonlySet<string> = new Set(["true", "false", "yes", "no", "on", "off", "y", "n", "null"]);

/** What needs no quotes in YAML 1.1 and 1.2: no digit, sign or indicator first, a colon only within. */
const plain = /^[A-Za-z][\w./-]*(?::[\w./-]+)*$/;

const textOf = (value: string): string =>
  plain.test(value) && !taken.has(value.toLowerCase()) ? value : JSON.stringify(value);

const isEmpty = (value: object): boolean =>
  Array.isArray(value) ? value.length === 0 : Object.values(value).every((field) => field === undefined);

function scalar(value: unknown): string | undefined {
  if (typeof value === "string") return textOf(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  if (isEmpty(value)) return Array.isArray(value) ? "[]" : "{}";
  return undefined;
}

/** `first` stands before the first line instead of the indentation: a list's dash. */
function* mapping(value: object, indent: string, first: string): Generator<string, undefined> {
  let lead = first;
  for (const [key, field] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (field === undefined) continue;
    const text = scalar(field);
    if (text !== undefined) yield `${lead}${textOf(key)}: ${text}\n`;
    else {
      yield `${lead}${textOf(key)}:\n`;
      if (Array.isArray(field)) yield* sequence(field, indent, indent);
      else yield* mapping(field as object, `${indent}  `, `${indent}  `);
    }
    lead = indent;
  }
  return undefined;
}

function* sequence(values: readonly unknown[], indent: string, first: string): Generator<string, undefined> {
  let lead = first;
  for (const value of values) {
    const text = scalar(value);
    if (text !== undefined) yield `${lead}- ${text}\n`;
    else if (Array.isArray(value)) yield* sequence(value, `${indent}  `, `${lead}- `);
    else yield* mapping(value as object, `${indent}  `, `${lead}- `);
    lead = indent;
  }
  return undefined;
}

/** The lines of a YAML document, one at a time: a list of thousands of objects need not be in memory at once. */
export function* yamlLines(value: unknown): Generator<string, undefined> {
  const text = scalar(value);
  if (text !== undefined) yield `${text}\n`;
  else if (Array.isArray(value)) yield* sequence(value, "", "");
  else yield* mapping(value as object, "", "");
  return undefined;
}
