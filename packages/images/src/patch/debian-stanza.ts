import { PatchError } from "./patch-error.ts";

/** A stanza of a Debian control file: its fields in their order, values as written (folded lines with their line breaks). */
export interface Stanza {
  /** By name in lower case. */
  readonly fields: ReadonlyMap<string, { readonly name: string; readonly value: string }>;
}

export const fieldOf = (stanza: Stanza, name: string): string | undefined => stanza.fields.get(name)?.value;

/** Parses one stanza (deb822(5)). Throws PatchError `malformed`. */
export function parseStanza(text: string, what: string): Stanza {
  const fields = new Map<string, { name: string; value: string }>();
  let last: { name: string; value: string } | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (last === undefined) throw new PatchError("malformed", `${what}: a folded line that follows nothing`);
      last.value += `\n${line}`;
      continue;
    }
    if (line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    if (colon <= 0) throw new PatchError("malformed", `${what}: a line that is no field`);
    last = { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
    fields.set(last.name.toLowerCase(), last);
  }
  return { fields };
}

export const formatStanza = (stanza: Stanza): string =>
  [...stanza.fields.values()]
    .map(({ name, value }) => `${name}:${value === "" || value.startsWith("\n") ? "" : " "}${value}\n`)
    .join("");

/** The texts of a file's stanzas. */
export const stanzasOf = (text: string): string[] =>
  text
    .replaceAll("\r\n", "\n")
    .split(/\n[ \t]*\n+/)
    .map((part) => part.replace(/^\n+|\n+$/g, ""))
    .filter((part) => part !== "");
