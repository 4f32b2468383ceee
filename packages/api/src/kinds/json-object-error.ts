/** Says of a text why it is no JSON object, in the words of Go's encoding/json, which clients of Secrets know. */

class JsonProblem extends Error {}

const endOfInput = "unexpected end of JSON input";

function quoted(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  return `'${JSON.stringify(char).slice(1, -1)}'`;
}

/** A reader that goes over a text once and stops at the first character that may not stand where it does. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #is(set: RegExp): boolean {
    const char = this.#peek();
    return char !== undefined && set.test(char);
  }

  #fail(where: string): never {
    const char = this.#peek();
    throw new JsonProblem(char === undefined ? endOfInput : `invalid character ${quoted(char)} ${where}`);
  }

  #space(): void {
    while (this.#is(/[ \t\r\n]/)) this.#at++;
  }

  document(): string {
    this.#space();
    const kind = this.#value();
    this.#space();
    if (this.#peek() !== undefined) this.#fail("after top-level value");
    return kind;
  }

  #value(): string {
    const char = this.#peek();
    switch (char) {
      case "{":
        this.#object();
        return "object";
      case "[":
        this.#array();
        return "array";
      case '"':
        this.#string();
        return "string";
      case "t":
        this.#literal("true");
        return "bool";
      case "f":
        this.#literal("false");
        return "bool";
      case "n":
        this.#literal("null");
        return "null";
      default:
        if (char !== undefined && /[-0-9]/.test(char)) {
          this.#number();
          return "number";
        }
        return this.#fail("looking for beginning of value");
    }
  }

  #literal(word: string): void {
    this.#at++;
    for (const expected of word.slice(1)) {
      if (this.#peek() !== expected) this.#fail(`in literal ${word} (expecting '${expected}')`);
      this.#at++;
    }
  }

  #object(): void {
    this.#at++;
    this.#space();
    if (this.#peek() === "}") {
      this.#at++;
      return;
    }
    for (;;) {
      if (this.#peek() !== '"') this.#fail("looking for beginning of object key string");
      this.#string();
      this.#space();
      if (this.#peek() !== ":") this.#fail("after object key");
      this.#at++;
      this.#space();
      this.#value();
      this.#space();
      if (this.#peek() === "}") break;
      if (this.#peek() !== ",") this.#fail("after object key:value pair");
      this.#at++;
      this.#space();
    }
    this.#at++;
  }

  #array(): void {
    this.#at++;
    this.#space();
    if (this.#peek() === "]") {
      this.#at++;
      return;
    }
    for (;;) {
      this.#value();
      this.#space();
      if (this.#peek() === "]") break;
      if (this.#peek() !== ",") this.#fail("after array element");
      this.#at++;
      this.#space();
    }
    this.#at++;
  }

  #string(): void {
    this.#at++;
    while (this.#peek() !== '"') {
      const char = this.#peek();
      if (char === undefined || char < " ") this.#fail("in string literal");
      this.#at++;
      if (char === "\\") this.#escape();
    }
    this.#at++;
  }

  #escape(): void {
    const char = this.#peek();
    if (char === undefined || !'bfnrt\\/"u'.includes(char)) this.#fail("in string escape code");
    this.#at++;
    for (let i = 0; char === "u" && i < 4; i++) {
      if (!this.#is(/[0-9a-fA-F]/)) this.#fail("in \\u hexadecimal character escape");
      this.#at++;
    }
  }

  #digits(where: string): void {
    if (!this.#is(/[0-9]/)) this.#fail(where);
    while (this.#is(/[0-9]/)) this.#at++;
  }

  #number(): void {
    if (this.#peek() === "-") this.#at++;
    if (this.#peek() === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#peek() === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (this.#peek() === "e" || this.#peek() === "E") {
      this.#at++;
      if (this.#peek() === "+" || this.#peek() === "-") this.#at++;
      this.#digits("in exponent of numeric literal");
    }
  }
}

/** Undefined where the text is a JSON object or null. */
export function jsonObjectError(text: string): string | undefined {
  try {
    const kind = new Scanner(text).document();
    return kind === "object" || kind === "null"
      ? undefined
      : `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (error instanceof JsonProblem) return error.message;
    // A document nested deeper than the stack.
    if (error instanceof RangeError) return "exceeded max depth";
    throw error;
  }
}
