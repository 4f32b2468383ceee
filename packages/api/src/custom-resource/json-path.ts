/**
 * JSONPath as far as printer columns use it: fields, indexes, slices, wildcards, descent and comparisons
 * (`.status.conditions[?(@.type=="Ready")].status`). Bounded: a path names few steps, a result few values.
 */

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly at: number }
  | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined; readonly by: number }
  | { readonly kind: "all" }
  | { readonly kind: "descend" }
  | { readonly kind: "filter"; readonly path: readonly Step[]; readonly op: string; readonly value: unknown };

export class JsonPathError extends Error {
  constructor(path: string, why: string) {
    super(`invalid JSONPath ${JSON.stringify(path)}: ${why}`);
    this.name = "JsonPathError";
  }
}

const maxResults = 10_000;

function parse(path: string): Step[] {
  const text = path.startsWith("{") && path.endsWith("}") ? path.slice(1, -1) : path;
  const steps: Step[] = [];
  let at = text.startsWith("$") || text.startsWith("@") ? 1 : 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const name = /^\.?((?:[^.[\]\\]|\\.)+)/.exec(rest);
    if (rest.startsWith("..")) {
      steps.push({ kind: "descend" });
      at += /^\.\.[[.]/.test(rest) ? 2 : 1;
    } else if (rest.startsWith("[")) {
      const end = closing(text, at);
      if (end < 0) throw new JsonPathError(path, "unterminated array");
      steps.push(bracket(text.slice(at + 1, end).trim(), path));
      at = end + 1;
    } else if (name !== null && (rest.startsWith(".") || at === 0 || text[at - 1] === ".")) {
      const field = (name[1] ?? "").replace(/\\(.)/g, "$1");
      steps.push(field === "*" ? { kind: "all" } : { kind: "field", name: field });
      at += name[0].length;
    } else if (rest === ".") at++;
    else throw new JsonPathError(path, `unexpected ${JSON.stringify(rest)}`);
  }
  return steps;
}

/** Where the bracket that opens at a position closes; brackets in quotes do not count. */
function closing(text: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let i = from; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote !== "") {
      if (c === "\\") i++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "[") depth++;
    else if (c === "]" && --depth === 0) return i;
  }
  return -1;
}

function bracket(inner: string, path: string): Step {
  if (inner === "*") return { kind: "all" };
  const quoted = /^(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")$/.exec(inner);
  if (quoted !== null) return { kind: "field", name: (quoted[1] ?? quoted[2] ?? "").replace(/\\(.)/g, "$1") };
  if (/^-?\d{1,9}$/.test(inner)) return { kind: "index", at: Number(inner) };
  const slice = /^(-?\d{0,9}):(-?\d{0,9})(?::(\d{1,9}))?$/.exec(inner);
  if (slice !== null) {
    const bound = (text: string | undefined): number | undefined =>
      text === undefined || text === "" || text === "-" ? undefined : Number(text);
    return { kind: "slice", from: bound(slice[1]), to: bound(slice[2]), by: Math.max(1, Number(slice[3] ?? 1)) };
  }
  const filter = /^\?\((.*)\)$/s.exec(inner);
  if (filter !== null) return filterOf(filter[1] ?? "", path);
  throw new JsonPathError(path, `invalid array index ${inner}`);
}

function filterOf(text: string, path: string): Step {
  const match = /^\s*(@[^=!<>]*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?)\s*)?$/s.exec(text);
  if (match === null) throw new JsonPathError(path, `unsupported filter ${text}`);
  const [, left = "@", op = "exists", right = ""] = match;
  return { kind: "filter", path: parse(left.trim()), op, value: literal(right, path) };
}

function literal(text: string, path: string): unknown {
  if (text === "") return undefined;
  if (text.startsWith("'") && text.endsWith("'") && text.length > 1) return text.slice(1, -1);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new JsonPathError(path, `unsupported literal ${text}`);
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const childrenOf = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value;
  return isMap(value) ? Object.values(value) : [];
};

/** Objects and lists at any depth, the value itself first; no more than a limit. */
function descendants(value: unknown, limit: number): unknown[] {
  const out: unknown[] = [];
  const open = [value];
  for (let i = 0; i < open.length && out.length < limit; i++) {
    const next = open[i];
    if (next === null || typeof next !== "object") continue;
    out.push(next);
    for (const child of childrenOf(next)) open.push(child);
  }
  return out;
}

function holds(item: unknown, { path, op, value }: Step & { readonly kind: "filter" }): boolean {
  const found = walk([item], path);
  if (op === "exists") return found.length > 0;
  const [given] = found;
  switch (op) {
    case "==":
      return given === value;
    case "!=":
      return given !== value;
    default:
      break;
  }
  if (typeof given !== typeof value || (typeof given !== "number" && typeof given !== "string")) return false;
  const other = value as typeof given;
  if (op === "<") return given < other;
  if (op === "<=") return given <= other;
  return op === ">" ? given > other : given >= other;
}

function step(value: unknown, one: Step, limit: number): unknown[] {
  switch (one.kind) {
    case "field":
      return isMap(value) && Object.hasOwn(value, one.name) ? [value[one.name]] : [];
    case "index": {
      if (!Array.isArray(value)) return [];
      const at = one.at < 0 ? value.length + one.at : one.at;
      return at >= 0 && at < value.length ? [value[at]] : [];
    }
    case "slice":
      if (!Array.isArray(value)) return [];
      return value.slice(one.from ?? 0, one.to).filter((_, i) => i % one.by === 0);
    case "all":
      return childrenOf(value);
    case "descend":
      return descendants(value, limit);
    case "filter":
      return Array.isArray(value) ? value.filter((item) => holds(item, one)) : [];
  }
}

function walk(from: readonly unknown[], steps: readonly Step[]): unknown[] {
  let values = [...from];
  for (const one of steps) {
    const found: unknown[] = [];
    for (const value of values) {
      for (const next of step(value, one, maxResults - found.length)) found.push(next);
      if (found.length >= maxResults) break;
    }
    values = found.slice(0, maxResults);
  }
  return values;
}

/** Reads a path once; the result finds its values in an object. Throws JsonPathError. */
export function compileJsonPath(path: string): (value: unknown) => unknown[] {
  const steps = parse(path);
  return (value) => walk([value], steps);
}
