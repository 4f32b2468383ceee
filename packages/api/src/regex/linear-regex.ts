/**
 * Regular expressions of RE2's kind, matched in time linear in the text: every state at once, never back. A pattern in
 * a CustomResourceDefinition is somebody else's program, and JavaScript's own engine can be held for hours by one.
 */
import { type Assertion, isWordRune, parseRegex, RegexError, type RegexNode, type RuneTest } from "./syntax.ts";

type Instruction =
  | { readonly op: "match" }
  | { readonly op: "rune"; readonly test: RuneTest }
  | { readonly op: "assert"; readonly assertion: Assertion }
  | { readonly op: "split"; readonly to: readonly number[] }
  | { op: "jump"; to: number };

/** Bounds time per character and memory: counted repetitions multiply. */
const maxInstructions = 20_000;

class Compiler {
  readonly program: Instruction[] = [];
  readonly #pattern: string;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  emit(instruction: Instruction): number {
    if (this.program.length >= maxInstructions) throw new RegexError("expression too large", this.#pattern);
    return this.program.push(instruction) - 1;
  }

  compile(node: RegexNode): void {
    switch (node.kind) {
      case "rune":
        this.emit({ op: "rune", test: node.test });
        return;
      case "assert":
        this.emit({ op: "assert", assertion: node.assertion });
        return;
      case "sequence":
        for (const part of node.parts) this.compile(part);
        return;
      case "choice":
        this.#choice(node.options);
        return;
      case "repeat":
        this.#repeat(node.node, node.min, node.max);
        return;
    }
  }

  #choice(options: readonly RegexNode[]): void {
    const to: number[] = [];
    this.emit({ op: "split", to });
    const jumps: Array<{ op: "jump"; to: number }> = [];
    for (const option of options) {
      to.push(this.program.length);
      this.compile(option);
      const jump = { op: "jump" as const, to: 0 };
      jumps.push(jump);
      this.emit(jump);
    }
    for (const jump of jumps) jump.to = this.program.length;
  }

  #repeat(node: RegexNode, min: number, max: number): void {
    for (let i = 0; i < min; i++) this.compile(node);
    if (max === Number.POSITIVE_INFINITY) {
      const to: number[] = [];
      const split = this.emit({ op: "split", to });
      to.push(this.program.length);
      this.compile(node);
      this.emit({ op: "jump", to: split });
      to.push(this.program.length);
      return;
    }
    const ends: number[][] = [];
    for (let i = min; i < max; i++) {
      const to: number[] = [];
      this.emit({ op: "split", to });
      to.push(this.program.length);
      this.compile(node);
      ends.push(to);
    }
    for (const to of ends) to.push(this.program.length);
  }
}

/** A compiled pattern. */
export class LinearRegex {
  readonly pattern: string;
  readonly #program: readonly Instruction[];

  /** Throws RegexError for what Go's regexp package does not take. */
  constructor(pattern: string) {
    this.pattern = pattern;
    const compiler = new Compiler(pattern);
    compiler.compile(parseRegex(pattern));
    compiler.emit({ op: "match" });
    this.#program = compiler.program;
  }

  /** Whether the pattern matches anywhere in the text, as regexp.MatchString. */
  test(text: string): boolean {
    const program = this.#program;
    const marks = new Int32Array(program.length).fill(-1);
    let states: number[] = [];
    let next: number[] = [];
    let before = -1;
    let step = 0;
    for (let at = 0; ; step++) {
      const rune = at < text.length ? (text.codePointAt(at) ?? 0) : -1;
      // A match may start at every position.
      if (this.#follow(0, step, marks, states, before, rune)) return true;
      if (rune < 0) return false;
      for (const state of states) {
        const instruction = program[state] as Instruction;
        if (instruction.op === "rune" && instruction.test(rune)) next.push(state + 1);
      }
      at += rune > 0xffff ? 2 : 1;
      const following = at < text.length ? (text.codePointAt(at) ?? 0) : -1;
      states = [];
      for (const state of next) if (this.#follow(state, step + 1, marks, states, rune, following)) return true;
      next = [];
      before = rune;
    }
  }

  /** Adds all states reachable without reading; true when the end is among them. */
  #follow(start: number, step: number, marks: Int32Array, states: number[], before: number, after: number): boolean {
    const stack = [start];
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (marks[pc] === step) continue;
      marks[pc] = step;
      const instruction = this.#program[pc] as Instruction;
      switch (instruction.op) {
        case "match":
          return true;
        case "rune":
          states.push(pc);
          break;
        case "jump":
          stack.push(instruction.to);
          break;
        case "split":
          for (const to of instruction.to) stack.push(to);
          break;
        case "assert":
          if (asserted(instruction.assertion, before, after)) stack.push(pc + 1);
          break;
      }
    }
    return false;
  }
}

/** Characters before and after the position; -1 at an end of the text. */
function asserted(assertion: Assertion, before: number, after: number): boolean {
  const boundary = (before >= 0 && isWordRune(before)) !== (after >= 0 && isWordRune(after));
  switch (assertion) {
    case "text-start":
      return before < 0;
    case "text-end":
      return after < 0;
    case "line-start":
      return before < 0 || before === 0x0a;
    case "line-end":
      return after < 0 || after === 0x0a;
    case "word":
      return boundary;
    case "not-word":
      return !boundary;
  }
}
