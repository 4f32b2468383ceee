/** A second reading of JSON, for what JSON.parse cannot tell: Go's words for a syntax error, and keys that recur. */
import { goQuote } from "./go-format.ts";

/** A rune as Go's scanner quotes it in an error. */
const quoteRune = (rune: string): string => {
  if (rune === "'") return "'\\''";
  if (rune === '"') return "'\"'";
  return `'${goQuote(rune).slice(1, -1)}'`;
};

const maxDuplicates = 100;

class Malformed extends Error {}

class Reader {
  readonly #text: string;
  readonly #onDuplicate: ((path: string) => void) | undefined;
  #at = 0;

  constructor(text: string, onDuplicate?: (path: string) => void) {
    this.#text = text;
    this.#onDuplicate = onDuplicate;
  }

  read(): void {
    this.#value("");
    this.#space();
    if (this.#at < this.#text.length) this.#fail("after top-level value");
  }

  #fail(where: string): never {
    if (this.#at >= this.#text.length) throw new Malformed("unexpected end of JSON input");
    const rune = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    throw new Malformed(`invalid character ${quoteRune(rune)} ${where}`);
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at++;
  }

  #value(path: string): void {
    this.#space();
    const c = this.#text.charAt(this.#at);
    if (c === "{") this.#object(path);
    else if (c === "[") this.#array(path);
    else if (c === '"') this.#string();
    else if (c === "t") this.#literal("true");
    else if (c === "f") this.#literal("false");
    else if (c === "n") this.#literal("null");
    else if (c === "-" || (c >= "0" && c <= "9")) this.#number();
    else this.#fail("looking for beginning of value");
  }

  #object(path: string): void {
    const seen = new Set<string>();
    this.#at++;
    this.#space();
    if (this.#text.charAt(this.#at) === "}") {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      if (this.#text.charAt(this.#at) !== '"') this.#fail("looking for beginning of object key string");
      const key = this.#string();
      const at = path === "" ? key : `${path}.${key}`;
      if (seen.has(key)) this.#onDuplicate?.(at);
      seen.add(key);
      this.#space();
      if (this.#text.charAt(this.#at) !== ":") this.#fail("after object key");
      this.#at++;
      this.#value(at);
      this.#space();
      const c = this.#text.charAt(this.#at);
      if (c !== "," && c !== "}") this.#fail("after object key:value pair");
      this.#at++;
      if (c === "}") return;
    }
  }

  #array(path: string): void {
    this.#at++;
    this.#space();
    if (this.#text.charAt(this.#at) === "]") {
      this.#at++;
      return;
    }
    for (let i = 0; ; i++) {
      this.#value(`${path}[${i}]`);
      this.#space();
      const c = this.#text.charAt(this.#at);
      if (c !== "," && c !== "]") this.#fail("after array element");
      this.#at++;
      if (c === "]") return;
    }
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const c = this.#text.charAt(this.#at);
      if (c === "" || c < " ") this.#fail("in string literal");
      this.#at++;
      if (c === '"') return JSON.parse(this.#text.slice(start, this.#at)) as string;
      if (c === "\\") this.#escape();
    }
  }

  #escape(): void {
    const c = this.#text.charAt(this.#at);
    if (c === "" || !'"\\/bfnrtu'.includes(c)) this.#fail("in string escape code");
    this.#at++;
    if (c !== "u") return;
    for (let i = 0; i < 4; i++) {
      if (!/[0-9a-fA-F]/.test(this.#text.charAt(this.#at))) this.#fail("in \\u hexadecimal character escape");
      this.#at++;
    }
  }

  #literal(word: string): void {
    for (let i = 0; i < word.length; i++) {
      const c = word.charAt(i);
      if (this.#text.charAt(this.#at) !== c) {
        this.#fail(i === 0 ? "looking for beginning of value" : `in literal ${word} (expecting ${quoteRune(c)})`);
      }
      this.#at++;
    }
  }

  #number(): void {
    if (this.#text.charAt(this.#at) === "-") this.#at++;
    if (this.#text.charAt(this.#at) === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#text.charAt(this.#at) === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.#text.charAt(this.#at))) {
      this.#at++;
      if (/[-+]/.test(this.#text.charAt(this.#at))) this.#at++;
      this.#digits("in exponent of numeric literal");
    }
  }

  #digits(where: string): void {
    if (!/[0-9]/.test(this.#text.charAt(this.#at))) this.#fail(where);
    while (/[0-9]/.test(this.#text.charAt(this.#at))) this.#at++;
  }
}

/** What encoding/json says of a text that is not JSON; undefined for one that is. */
export function jsonSyntaxError(text: string): string | undefined {
  try {
    new Reader(text).read();
    return undefined;
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

/** Paths of the keys that stand twice in one object of a well-formed document, in order, a hundred at most. */
export function duplicateKeys(text: string): string[] {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.size < maxDuplicates) found.add(path);
  };
  new Reader(text, add).read();
  return [...found];
}
