/** RE2's syntax, as Go's regexp package takes it, read into a tree. What only backtracking could match is refused. */

/** One character's test. */
export type RuneTest = (rune: number) => boolean;

export type Assertion = "line-start" | "line-end" | "text-start" | "text-end" | "word" | "not-word";

export type RegexNode =
  | { readonly kind: "rune"; readonly test: RuneTest }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly options: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly node: RegexNode; readonly min: number; readonly max: number };

/** A pattern that is not RE2's; the message is Go's. */
export class RegexError extends Error {
  constructor(what: string, piece: string) {
    super(`error parsing regexp: ${what}: \`${piece}\``);
    this.name = "RegexError";
  }
}

/** Counted repetitions may ask for no more, as in RE2. */
const maxRepeat = 1000;
const maxNesting = 250;

interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
}

const isDigit: RuneTest = (r) => r >= 0x30 && r <= 0x39;
const isWord: RuneTest = (r) => isDigit(r) || (r >= 0x41 && r <= 0x5a) || (r >= 0x61 && r <= 0x7a) || r === 0x5f;
const isSpace: RuneTest = (r) => r === 0x20 || r === 0x09 || r === 0x0a || r === 0x0c || r === 0x0d;
const not =
  (test: RuneTest): RuneTest =>
  (r) =>
    !test(r);

/** Whether a character is a letter, digit or underscore, for `\b`. */
export const isWordRune = isWord;

const perl: Readonly<Record<string, RuneTest>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isSpace,
  S: not(isSpace),
};

const range =
  (low: number, high: number): RuneTest =>
  (r) =>
    r >= low && r <= high;

const anyOf =
  (...tests: readonly RuneTest[]): RuneTest =>
  (r) =>
    tests.some((test) => test(r));

const upper = range(0x41, 0x5a);
const lower = range(0x61, 0x7a);
const posix: Readonly<Record<string, RuneTest>> = {
  alnum: anyOf(upper, lower, isDigit),
  alpha: anyOf(upper, lower),
  ascii: range(0, 0x7f),
  blank: anyOf(range(0x20, 0x20), range(0x09, 0x09)),
  cntrl: anyOf(range(0, 0x1f), range(0x7f, 0x7f)),
  digit: isDigit,
  graph: range(0x21, 0x7e),
  lower,
  print: range(0x20, 0x7e),
  punct: anyOf(range(0x21, 0x2f), range(0x3a, 0x40), range(0x5b, 0x60), range(0x7b, 0x7e)),
  space: anyOf(isSpace, range(0x0b, 0x0b)),
  upper,
  word: isWord,
  xdigit: anyOf(isDigit, range(0x41, 0x46), range(0x61, 0x66)),
};

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** A character under `(?i)`. */
function foldCase(test: RuneTest): RuneTest {
  return (rune) => {
    if (test(rune)) return true;
    const text = String.fromCodePoint(rune);
    const other = text.toLowerCase() === text ? text.toUpperCase() : text.toLowerCase();
    return other !== text && test(other.codePointAt(0) ?? 0);
  };
}

class Parser {
  readonly #runes: readonly string[];
  readonly #pattern: string;
  #at = 0;
  #depth = 0;
  #flags: Flags = { ignoreCase: false, dotAll: false, multiline: false };

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#runes = Array.from(pattern);
  }

  parse(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#runes.length) throw new RegexError("unexpected )", this.#pattern);
    return node;
  }

  #peek(ahead = 0): string {
    return this.#runes[this.#at + ahead] ?? "";
  }

  #rest(from: number): string {
    return this.#runes.slice(from).join("");
  }

  #since(from: number): string {
    return this.#runes.slice(from, this.#at).join("");
  }

  #choice(): RegexNode {
    if (++this.#depth > maxNesting) throw new RegexError("expression nests too deeply", this.#pattern);
    const flags = this.#flags;
    const options = [this.#sequence()];
    while (this.#peek() === "|") {
      this.#at++;
      options.push(this.#sequence());
    }
    this.#flags = flags;
    this.#depth--;
    return options.length === 1 ? (options[0] as RegexNode) : { kind: "choice", options };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#runes.length && this.#peek() !== "|" && this.#peek() !== ")") {
      if (this.#peek() === "\\" && this.#peek(1) === "Q") {
        parts.push(...this.#quoted());
        continue;
      }
      const atom = this.#atom();
      if (atom !== undefined) parts.push(this.#repeats(atom));
    }
    return parts.length === 1 ? (parts[0] as RegexNode) : { kind: "sequence", parts };
  }

  #quoted(): RegexNode[] {
    this.#at += 2;
    const parts: RegexNode[] = [];
    while (this.#at < this.#runes.length) {
      if (this.#peek() === "\\" && this.#peek(1) === "E") {
        this.#at += 2;
        break;
      }
      parts.push(this.#literal(this.#peek()));
      this.#at++;
    }
    return parts;
  }

  #repeats(atom: RegexNode): RegexNode {
    let node = atom;
    let repeated = false;
    for (;;) {
      const from = this.#at;
      const bounds = this.#quantifier();
      if (bounds === undefined) return node;
      if (this.#peek() === "?") this.#at++;
      if (repeated) throw new RegexError("invalid nested repetition operator", this.#since(from - 1));
      repeated = true;
      if (bounds.max > maxRepeat && bounds.max !== Number.POSITIVE_INFINITY) {
        throw new RegexError("invalid repeat count", this.#since(from));
      }
      if (bounds.min > maxRepeat) throw new RegexError("invalid repeat count", this.#since(from));
      node = { kind: "repeat", node, ...bounds };
    }
  }

  #quantifier(): { min: number; max: number } | undefined {
    const many = Number.POSITIVE_INFINITY;
    switch (this.#peek()) {
      case "*":
        this.#at++;
        return { min: 0, max: many };
      case "+":
        this.#at++;
        return { min: 1, max: many };
      case "?":
        this.#at++;
        return { min: 0, max: 1 };
      case "{":
        break;
      default:
        return undefined;
    }
    const match = /^\{(\d{1,6})(?:(,)(\d{0,6}))?\}/.exec(this.#rest(this.#at).slice(0, 20));
    if (match === null) return undefined;
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? many : Number(match[3]);
    if (max < min) throw new RegexError("invalid repeat count", match[0]);
    return { min, max };
  }

  #literal(rune: string): RegexNode {
    const code = rune.codePointAt(0) ?? 0;
    return this.#rune((r) => r === code);
  }

  #rune(test: RuneTest): RegexNode {
    return { kind: "rune", test: this.#flags.ignoreCase ? foldCase(test) : test };
  }

  #atom(): RegexNode | undefined {
    const c = this.#peek();
    switch (c) {
      case "(":
        return this.#group();
      case "[":
        return this.#rune(this.#set());
      case ".":
        this.#at++;
        return this.#flags.dotAll ? { kind: "rune", test: () => true } : { kind: "rune", test: (r) => r !== 0x0a };
      case "^":
        this.#at++;
        return { kind: "assert", assertion: this.#flags.multiline ? "line-start" : "text-start" };
      case "$":
        this.#at++;
        return { kind: "assert", assertion: this.#flags.multiline ? "line-end" : "text-end" };
      case "*":
      case "+":
      case "?":
        throw new RegexError("missing argument to repetition operator", c);
      case "\\":
        return this.#escape();
      default:
        this.#at++;
        return this.#literal(c);
    }
  }

  #group(): RegexNode | undefined {
    const start = this.#at;
    this.#at++;
    if (this.#peek() === "?") {
      const rest = this.#rest(this.#at);
      const named = /^\?P?<([^>]*)>/.exec(rest);
      if (/^\?<?[=!]/.test(rest)) {
        throw new RegexError("invalid or unsupported Perl syntax", `(${rest.slice(0, rest.startsWith("?<") ? 3 : 2)}`);
      }
      if (named !== null) {
        if (!/^\w+$/.test(named[1] ?? "")) throw new RegexError("invalid named capture", `(${named[0]}`);
        this.#at += named[0].length;
      } else if (this.#groupFlags(rest, start)) return undefined;
    }
    const outer = this.#flags;
    const node = this.#choice();
    if (this.#peek() !== ")") throw new RegexError("missing closing )", this.#pattern);
    this.#at++;
    this.#flags = this.#outer ?? outer;
    this.#outer = undefined;
    return node;
  }

  /** The flags to come back to where `(?i:…)` ends. */
  #outer: Flags | undefined;

  /** `(?i)` changes what follows and is no atom; `(?i:` opens a group. */
  #groupFlags(rest: string, start: number): boolean {
    const match = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
    if (match === null) {
      throw new RegexError("invalid or unsupported Perl syntax", this.#runes.slice(start, start + 3).join(""));
    }
    this.#at += match[0].length;
    const [, on = "", off = "", end] = match;
    const flag = (name: string, old: boolean): boolean => (on.includes(name) ? true : off.includes(name) ? false : old);
    const outer = this.#flags;
    this.#flags = {
      ignoreCase: flag("i", outer.ignoreCase),
      multiline: flag("m", outer.multiline),
      dotAll: flag("s", outer.dotAll),
    };
    if (end === ")") return true;
    this.#outer = outer;
    return false;
  }

  #escape(): RegexNode {
    const start = this.#at;
    const c = this.#peek(1);
    if (c === "") throw new RegexError("trailing backslash at end of expression", "");
    switch (c) {
      case "A":
        this.#at += 2;
        return { kind: "assert", assertion: "text-start" };
      case "z":
        this.#at += 2;
        return { kind: "assert", assertion: "text-end" };
      case "b":
        this.#at += 2;
        return { kind: "assert", assertion: "word" };
      case "B":
        this.#at += 2;
        return { kind: "assert", assertion: "not-word" };
      default:
        break;
    }
    const test = this.#escapedClass();
    if (test !== undefined) return this.#rune(test);
    return this.#literal(String.fromCodePoint(this.#escapedRune(start)));
  }

  /** `\d`, `\pL`, `\p{Greek}`; undefined where a single character is escaped. */
  #escapedClass(): RuneTest | undefined {
    const c = this.#peek(1);
    if (Object.hasOwn(perl, c)) {
      this.#at += 2;
      return perl[c];
    }
    if (c !== "p" && c !== "P") return undefined;
    const match = /^\\[pP](?:\{(\^?)(\w+)\}|(\w))/.exec(this.#rest(this.#at).slice(0, 60));
    if (match === null) throw new RegexError("invalid character class range", this.#rest(this.#at).slice(0, 3));
    this.#at += match[0].length;
    const name = match[2] ?? match[3] ?? "";
    const negated = (c === "P") !== (match[1] === "^");
    const pattern = unicodeClass(name, match[0]);
    return (r) => pattern.test(String.fromCodePoint(r)) !== negated;
  }

  #escapedRune(start: number): number {
    const rest = this.#rest(this.#at + 1).slice(0, 14);
    const hex = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest);
    if (hex !== null) {
      this.#at += 1 + hex[0].length;
      const code = Number.parseInt(hex[1] ?? hex[2] ?? "0", 16);
      if (code > 0x10ffff) throw new RegexError("invalid escape sequence", this.#since(start));
      return code;
    }
    const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
    if (octal !== null) {
      this.#at += 1 + octal[0].length;
      return Number.parseInt(octal[0], 8);
    }
    const c = rest.charAt(0);
    const code = controls[c];
    if (code !== undefined && Object.hasOwn(controls, c)) {
      this.#at += 2;
      return code;
    }
    const rune = this.#peek(1);
    this.#at += 2;
    if (/[A-Za-z0-9]/.test(rune)) throw new RegexError("invalid escape sequence", this.#since(start));
    return rune.codePointAt(0) ?? 0;
  }

  #set(): RuneTest {
    const start = this.#at;
    this.#at++;
    const negated = this.#peek() === "^";
    if (negated) this.#at++;
    const tests: RuneTest[] = [];
    for (let first = true; this.#peek() !== "]" || first; first = false) {
      if (this.#at >= this.#runes.length) throw new RegexError("missing closing ]", this.#rest(start));
      const test = this.#setClass() ?? this.#setRange();
      tests.push(test);
    }
    this.#at++;
    const test: RuneTest = (r) => tests.some((t) => t(r));
    const folded = this.#flags.ignoreCase ? foldCase(test) : test;
    return negated ? not(folded) : folded;
  }

  #setClass(): RuneTest | undefined {
    if (this.#peek() === "[" && this.#peek(1) === ":") {
      const match = /^\[:(\^?)(\w+):\]/.exec(this.#rest(this.#at).slice(0, 14));
      if (match === null) return undefined;
      const test = Object.hasOwn(posix, match[2] ?? "") ? posix[match[2] ?? ""] : undefined;
      if (test === undefined) throw new RegexError("invalid character class range", match[0]);
      this.#at += match[0].length;
      return match[1] === "^" ? not(test) : test;
    }
    return this.#peek() === "\\" ? this.#escapedClass() : undefined;
  }

  #setRange(): RuneTest {
    const start = this.#at;
    const low = this.#setRune();
    if (this.#peek() !== "-" || this.#peek(1) === "]" || this.#peek(1) === "") return range(low, low);
    this.#at++;
    const high = this.#setRune();
    if (high < low) throw new RegexError("invalid character class range", this.#since(start));
    return range(low, high);
  }

  #setRune(): number {
    if (this.#peek() === "\\") return this.#escapedRune(this.#at);
    const code = this.#peek().codePointAt(0) ?? 0;
    this.#at++;
    return code;
  }
}

/** A Unicode category or script, by the engine's own tables. */
function unicodeClass(name: string, piece: string): RegExp {
  for (const property of [`\\p{${name}}`, `\\p{Script=${name}}`]) {
    try {
      return new RegExp(`^${property}$`, "u");
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  throw new RegexError("invalid character class range", piece);
}

/** Reads a pattern. Throws RegexError with Go's words. */
export const parseRegex = (pattern: string): RegexNode => new Parser(pattern).parse();
