import { LinearRegex, RegexError } from "@bulkhead/api";
import { sizeOf } from "./cel-value.ts";

type Cel = typeof import("@marcbachmann/cel-js");

/** Where in an expression, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type ExpressionErrorCode = "too-long" | "syntax" | "function" | "type" | "evaluation" | "cost" | "result";

/** What is wrong with an expression, or with what it was evaluated on. */
export class ExpressionError extends Error {
  readonly code: ExpressionErrorCode;
  readonly place: Place | undefined;
  constructor(code: ExpressionErrorCode, says: string, place?: Place, cause?: unknown) {
    super(place === undefined ? says : `line ${place.line}, column ${place.column}: ${says}`, { cause });
    this.name = "ExpressionError";
    this.code = code;
    this.place = place;
  }
}

/** A compiled expression; throws ExpressionError where it cannot be evaluated, or not within its bounds. */
export interface Expression {
  readonly text: string;
  evaluate(variables: Readonly<Record<string, unknown>>): unknown;
  /** Steps that its last evaluation took, also where it failed. */
  steps(): number;
  /** Whether it speaks of a variable at all. */
  mentions(variable: string): boolean;
}

export const maxExpressionLength = 4096;
/** Steps of one evaluation; what is long counts for more than one. */
const maxSteps = 200_000;
const maxPatternLength = 256;
/** Counted repetitions multiply. */
const maxRepetition = 64;
const maxMatchedText = 4096;

/** Those whose time grows with what they are given and no faster; the rest is refused when it is compiled. */
const allowed: ReadonlySet<string> = new Set([
  ..."has size all exists exists_one map filter matches contains startsWith endsWith indexOf lastIndexOf".split(" "),
  ..."substring split join lowerAscii upperAscii trim string int uint double bool type dyn timestamp".split(" "),
]);
const linearMatches = "matchesInLinearTime";

/** A node of the parser's tree, as far as it is read and led here. */
interface Node {
  readonly op: string;
  args: unknown;
  readonly start: number;
  evaluate: (this: Node, evaluator: unknown, node: unknown, context: unknown) => unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "op" in value && "evaluate" in value;

function* childrenOf(args: unknown): Generator<Node> {
  if (isNode(args)) yield args;
  else if (Array.isArray(args)) for (const each of args) yield* childrenOf(each);
}

function* all(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node.args)) yield* all(child);
}

function placeIn(text: string, at: number): Place {
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** Counts what one evaluation costs, and ends it where it costs too much. */
class Meter {
  #steps = 0;

  begin(): void {
    this.#steps = 0;
  }

  charge(steps: number): void {
    this.#steps += steps;
    if (this.isOver) throw new ExpressionError("cost", `it takes more than ${maxSteps} steps`);
  }

  get isOver(): boolean {
    return this.#steps > maxSteps;
  }

  get steps(): number {
    return this.#steps;
  }

  get ran(): boolean {
    return this.#steps > 0;
  }
}

/**
 * Leads every step of a tree past the meter. The evaluator sets a node's `evaluate` itself on the first call: what it
 * sets is kept behind ours.
 */
function metered(root: Node, meter: Meter): void {
  const compared = new Set<Node>();
  for (const node of all(root))
    if (["==", "!=", "in"].includes(node.op)) for (const child of childrenOf(node.args)) compared.add(child);
  for (const node of all(root)) {
    let inner = node.evaluate;
    const counting = (evaluator: unknown, self: unknown, context: unknown): unknown => {
      meter.charge(1);
      const result = inner.call(node, evaluator, self, context);
      if (typeof result === "string" || Array.isArray(result)) meter.charge(result.length / 8);
      if (compared.has(node)) meter.charge(sizeOf(result));
      return result;
    };
    Object.defineProperty(node, "evaluate", {
      get: () => counting,
      set: (next: Node["evaluate"]) => {
        inner = next;
      },
    });
  }
}

/** Calls are by `name(…)` or `receiver.name(…)`: the name stands first. */
function restrict(root: Node, text: string): void {
  for (const node of all(root)) {
    if (node.op !== "call" && node.op !== "rcall") continue;
    const args = node.args as unknown[];
    const name = String(args[0]);
    if (!allowed.has(name))
      throw new ExpressionError("function", `${name} is not to be had here`, placeIn(text, node.start));
    if (name === "matches") args[0] = linearMatches;
  }
}

const patterns = new Map<string, LinearRegex>();
const maxPatterns = 256;

function patternOf(text: string): LinearRegex {
  const before = patterns.get(text);
  if (before !== undefined) return before;
  if (text.length > maxPatternLength)
    throw new ExpressionError("evaluation", `a pattern is longer than ${maxPatternLength} characters`);
  for (const [, least = "", most = ""] of text.matchAll(/\{(\d*),?(\d*)\}/g))
    if (Math.max(Number(least), Number(most)) > maxRepetition)
      throw new ExpressionError("evaluation", `a pattern repeats something more than ${maxRepetition} times`);
  const made = new LinearRegex(text);
  if (patterns.size >= maxPatterns) patterns.clear();
  patterns.set(text, made);
  return made;
}

function matchesWithin(meter: Meter, text: string, pattern: string): boolean {
  if (text.length > maxMatchedText)
    throw new ExpressionError("evaluation", `a text of more than ${maxMatchedText} characters is matched`);
  meter.charge(100 + text.length);
  try {
    return patternOf(pattern).test(text);
  } catch (error) {
    if (error instanceof RegexError) throw new ExpressionError("evaluation", error.message, undefined, error);
    throw error;
  }
}

/** Compiles expressions over the variables that are named. */
export function expressionCompiler(cel: Cel, variables: readonly string[]): (text: string) => Expression {
  const meter = new Meter();
  const environment = new cel.Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 1000, maxDepth: 48, maxListElements: 256, maxMapEntries: 256, maxCallArguments: 8 },
  });
  for (const name of variables) environment.registerVariable(name, "dyn");
  environment.registerFunction(`string.${linearMatches}(string): bool`, (text: string, pattern: string) =>
    matchesWithin(meter, text, pattern),
  );

  const failure = (text: string, error: unknown, code: ExpressionErrorCode): ExpressionError => {
    if (error instanceof cel.ParseError || error instanceof cel.TypeError || error instanceof cel.EvaluationError) {
      if (error.cause instanceof ExpressionError) return failure(text, error.cause, code);
      const place = error.range === undefined ? undefined : placeIn(text, error.range.start);
      return new ExpressionError(code, error.summary, place, error);
    }
    return error instanceof ExpressionError ? error : new ExpressionError(code, String(error), undefined, error);
  };

  return (text) => {
    if (text.length > maxExpressionLength)
      throw new ExpressionError("too-long", `it is longer than ${maxExpressionLength} characters`);
    let parsed: ReturnType<typeof environment.parse>;
    try {
      parsed = environment.parse(text);
    } catch (error) {
      throw failure(text, error, "syntax");
    }
    const root = parsed.ast as unknown as Node;
    restrict(root, text);
    const checked = parsed.check();
    if (!checked.valid) throw failure(text, checked.error, "type");
    metered(root, meter);
    let steps = 0;
    const names = new Set([...all(root)].flatMap(({ op, args }) => (op === "id" ? [String(args)] : [])));
    return {
      text,
      steps: () => steps,
      mentions: (variable) => names.has(variable),
      evaluate: (values) => {
        meter.begin();
        let result: unknown;
        try {
          result = parsed(values);
        } catch (error) {
          throw failure(text, error, "evaluation");
        } finally {
          steps = meter.steps;
        }
        // A quantifier takes an error for an answer of one of its elements; cost is none.
        if (meter.isOver) throw new ExpressionError("cost", `it takes more than ${maxSteps} steps`);
        if (!meter.ran) throw new ExpressionError("cost", "its cost could not be counted");
        return result;
      },
    };
  };
}
