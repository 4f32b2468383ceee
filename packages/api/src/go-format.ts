/** Values as Go prints them, where Kubernetes' messages show through: `%q`, `%v` and encoding/json. */

const short: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** What strconv.Quote does not print as it stands. */
const unprintable = /[\p{C}\p{Z}"\\]/u;

function escapeRune(rune: string): string {
  if (rune === " ") return rune;
  const known = short[rune];
  if (known !== undefined) return known;
  const code = rune.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** A string as Go's `%q` prints it. */
export function goQuote(text: string): string {
  if (!unprintable.test(text)) return `"${text}"`;
  let out = '"';
  for (const rune of text) out += unprintable.test(rune) ? escapeRune(rune) : rune;
  return `${out}"`;
}

/** JSON as Go's encoding/json writes it: `<`, `>`, `&` and the line separators escaped. Key order is kept. */
export const goJson = (value: unknown): string =>
  (JSON.stringify(value) ?? "null").replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A decoded JSON value as Go's `%v` prints it: `map[a:1 b:[x y]]`, keys in order of their bytes. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `map[${entries.map(([k, v]) => `${k}:${goValue(v)}`).join(" ")}]`;
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A list of strings as Go's `%#v` prints it: `[]string{"a", "b"}`. */
export const goStrings = (values: readonly string[]): string => `[]string{${values.map(goQuote).join(", ")}}`;
