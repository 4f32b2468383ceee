/** Field selectors (`metadata.name=a,spec.nodeName!=b`), with the error texts of apimachinery's fields package. */
import { SelectorError } from "./label-selector.ts";

export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** A parsed field selector; `matches` gets the value of a field by its label. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  readonly everything: boolean;
  matches(valueOf: (field: string) => string): boolean;
  toString(): string;
}

/** Splits at commas that no backslash precedes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

const term = /^([^=!]*(?:!(?!=)[^=!]*)*)(!=|==|=)([^]*)$/;

function unescape(value: string): string {
  let out = "";
  for (let i = 0; i < value.length; i++) {
    const c = value.charAt(i);
    if (c === "\\") {
      const next = value.charAt(++i);
      if (next === "" || !"\\,=".includes(next)) {
        throw new SelectorError("Syntax", `invalid field selector: invalid escape sequence: \\${next}`);
      }
      out += next;
    } else if (c === "=" || c === ",") {
      throw new SelectorError("Syntax", `invalid field selector: unescaped character in value: ${c}`);
    } else out += c;
  }
  return out;
}

const escape = (value: string): string => value.replace(/[\\,=]/g, (c) => `\\${c}`);

/** Reads a field selector; "" selects everything. Throws SelectorError with upstream's text. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const part of splitTerms(text)) {
    if (part === "") continue;
    const match = term.exec(part);
    if (match === null) {
      throw new SelectorError("Syntax", `invalid selector: '${text}'; can't understand '${part}'`);
    }
    const [, name = "", operator = "=", value = ""] = match;
    requirements.push({ field: name, operator: operator === "!=" ? "!=" : "=", value: unescape(value) });
  }
  return {
    requirements,
    everything: requirements.length === 0,
    matches: (valueOf) => requirements.every((r) => (valueOf(r.field) === r.value) === (r.operator === "=")),
    toString: () => requirements.map((r) => `${r.field}${r.operator}${escape(r.value)}`).join(","),
  };
}
