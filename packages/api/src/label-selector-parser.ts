/** The string form of label selectors (`app=web,tier in (a,b),!legacy`), with the error texts of apimachinery. */
import * as field from "./field.ts";
import {
  type LabelOperator,
  type LabelRequirement,
  requirement,
  type Selector,
  SelectorError,
  selectorOf,
} from "./label-selector.ts";
import { isQualifiedName } from "./name-validation.ts";

type Token = "identifier" | "end" | "error" | ")" | "," | "!" | "==" | "=" | ">" | "<" | "!=" | "in" | "notin" | "(";

interface Item {
  readonly token: Token;
  readonly literal: string;
}

const symbols: ReadonlySet<string> = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const special = "=!(),><";
const whitespace = " \t\r\n";
const end: Item = { token: "end", literal: "" };

function scan(text: string): Item[] {
  const items: Item[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text.charAt(at);
    if (whitespace.includes(c)) {
      at++;
      continue;
    }
    const item = special.includes(c) ? scanSymbol(text, at) : scanWord(text, at);
    items.push(item.item);
    at = item.next;
  }
  items.push(end);
  return items;
}

/** The longest run of special characters that is a symbol; a run that never is one is an error. */
function scanSymbol(text: string, from: number): { item: Item; next: number } {
  let buffer = "";
  let last = "";
  let at = from;
  for (; at < text.length && special.includes(text.charAt(at)); at++) {
    buffer += text.charAt(at);
    if (symbols.has(buffer)) last = buffer;
    else if (last !== "") break;
  }
  if (last === "") return { item: { token: "error", literal: `error expected: keyword found '${buffer}'` }, next: at };
  return { item: { token: last as Token, literal: last }, next: at };
}

function scanWord(text: string, from: number): { item: Item; next: number } {
  let at = from;
  while (at < text.length && !special.includes(text.charAt(at)) && !whitespace.includes(text.charAt(at))) at++;
  const literal = text.slice(from, at);
  const token = literal === "in" || literal === "notin" ? literal : "identifier";
  return { item: { token, literal }, next: at };
}

const fail = (message: string): never => {
  throw new SelectorError("Syntax", message);
};

const operators: Readonly<Record<string, LabelOperator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

class Parser {
  readonly #items: readonly Item[];
  #at = 0;

  constructor(text: string) {
    this.#items = scan(text);
  }

  /** The next item; where a value may stand, `in` and `notin` are words like any other. */
  #peek(asOperator = false): Item {
    const item = this.#items[this.#at] ?? end;
    if (!asOperator && (item.token === "in" || item.token === "notin")) return { ...item, token: "identifier" };
    return item;
  }

  #take(asOperator = false): Item {
    const item = this.#peek(asOperator);
    this.#at++;
    return item;
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const first = this.#peek();
      if (first.token === "end") return requirements;
      if (first.token !== "identifier" && first.token !== "!") {
        fail(`found '${first.literal}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const next = this.#take();
      if (next.token === "end") return requirements;
      if (next.token !== ",") fail(`found '${next.literal}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after.token !== "identifier" && after.token !== "!") {
        fail(`found '${after.literal}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelRequirement {
    try {
      const { key, operator } = this.#keyAndOperator();
      if (operator !== undefined) return requirement(key, operator, []);
      const named = this.#operator();
      const values = named === "in" || named === "notin" ? this.#values() : this.#exactValue();
      return requirement(key, named, [...new Set(values)].sort());
    } catch (error) {
      if (error instanceof SelectorError) {
        throw new SelectorError(error.code, `unable to parse requirement: ${error.message}`);
      }
      throw error;
    }
  }

  #keyAndOperator(): { key: string; operator: LabelOperator | undefined } {
    let item = this.#take();
    const negated = item.token === "!";
    if (negated) item = this.#take();
    if (item.token !== "identifier") fail(`found '${item.literal}', expected: identifier`);
    const errors = isQualifiedName(item.literal);
    if (errors.length > 0) {
      const { field: path, message } = field.invalid("", item.literal, errors.join("; "));
      throw new SelectorError("Requirement", `${path}: ${message}`);
    }
    if (negated) return { key: item.literal, operator: "!" };
    const next = this.#peek().token;
    return { key: item.literal, operator: next === "end" || next === "," ? "exists" : undefined };
  }

  #operator(): LabelOperator {
    const item = this.#take(true);
    const operator = Object.hasOwn(operators, item.token) ? operators[item.token] : undefined;
    return operator ?? fail(`found '${item.literal}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #values(): string[] {
    const open = this.#take();
    if (open.token !== "(") fail(`found '${open.literal}' expected: '('`);
    const first = this.#peek();
    if (first.token === ")") {
      this.#take();
      return [""];
    }
    if (first.token !== "identifier" && first.token !== ",") {
      fail(`found '${first.literal}', expected: ',', ')' or identifier`);
    }
    const values = this.#valueList();
    if (this.#take().token !== ")") fail(`found '${first.literal}', expected: ')'`);
    return values;
  }

  #valueList(): string[] {
    const values: string[] = [];
    for (;;) {
      const item = this.#take();
      const next = this.#peek();
      if (item.token === "identifier") {
        values.push(item.literal);
        if (next.token === ")") return values;
        if (next.token !== ",") fail(`found '${next.literal}', expected: ',' or ')'`);
      } else if (item.token === ",") {
        if (values.length === 0) values.push("");
        if (next.token === ")") return [...values, ""];
        if (next.token === ",") {
          this.#take();
          values.push("");
        }
      } else {
        fail(`found '${item.literal}', expected: ',', or identifier`);
      }
    }
  }

  #exactValue(): string[] {
    const next = this.#peek().token;
    if (next === "end" || next === ",") return [""];
    const item = this.#take();
    if (item.token !== "identifier") fail(`found '${item.literal}', expected: identifier`);
    return [item.literal];
  }
}

/** Reads the string form; "" selects everything. Throws SelectorError with upstream's text. */
export const parseLabelSelector = (text: string): Selector => selectorOf(new Parser(text).parse());
