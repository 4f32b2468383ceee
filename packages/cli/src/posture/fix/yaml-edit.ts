import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, isSeq, type Pair, parseDocument, stringify, visit, type YAMLMap, type YAMLSeq } from "yaml";
import { fieldPath } from "../../check/manifest.ts";

type Path = readonly (string | number)[];
type Tree = Readonly<Record<string, unknown>>;

/** One change of a value below an object; `value` undefined: it goes. */
interface Operation {
  readonly path: Path;
  readonly value: unknown;
}

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);
const parse = (text: string) => parseDocument(text, { version: "1.1", keepSourceTokens: true, logLevel: "silent" });

/** What changes between two values, as small as it can be said by place. */
export function operations(before: unknown, after: unknown, path: Path = []): Operation[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isTree(before) && isTree(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      after[key] === undefined && before[key] !== undefined
        ? [{ path: [...path, key], value: undefined }]
        : before[key] === undefined
          ? after[key] === undefined
            ? []
            : [{ path: [...path, key], value: after[key] }]
          : operations(before[key], after[key], [...path, key]),
    );
  if (Array.isArray(before) && Array.isArray(after) && before.length <= after.length) {
    const [old, now]: [unknown[], unknown[]] = [before, after];
    const inner = old.every((each) => isTree(each));
    // Lists of words are said whole.
    if (inner)
      return now.flatMap((each, i) =>
        i < old.length ? operations(old[i], each, [...path, i]) : [{ path: [...path, i], value: each }],
      );
  }
  return [{ path, value: after }];
}

function withOperation(value: unknown, [step, ...rest]: Path, to: unknown): unknown {
  if (step === undefined) return to;
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as unknown[])];
    copy[Number(step)] = withOperation(copy[Number(step)], rest, to);
    return copy;
  }
  const copy: Record<string, unknown> = { ...(isTree(value) ? value : {}) };
  const inner = withOperation(copy[String(step)], rest, to);
  if (inner === undefined) delete copy[String(step)];
  else copy[String(step)] = inner;
  return copy;
}

const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf("\n", offset - 1) + 1);
const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
};
/** Whether a text writes lists below a key as deep as the key. */
const listsFlat = (text: string): boolean => /^( *)(?:- )?[^\s#-][^\n]*:[ \t]*\n\1- /m.test(text);
/** A value as block lines, in the layout of the text that they go into. */
const block = (text: string, value: unknown, indent: number): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, version: "1.1", indentSeq: !listsFlat(text) })
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? line : " ".repeat(indent) + line))
    .join("\n");
const flow = (value: unknown): string =>
  stringify(value, { lineWidth: 0, collectionStyle: "flow", aliasDuplicateObjects: false, version: "1.1" })
    .trimEnd()
    .replace(/^\{ (.*) \}$/s, "{$1}")
    .replace(/^\[ (.*) \]$/s, "[$1]");

interface Ranged {
  readonly range?: readonly [number, number, number] | null;
  readonly flow?: boolean;
}

const rangeOf = (node: unknown): readonly [number, number, number] | undefined =>
  (node as Ranged | null)?.range ?? undefined;
const keyText = (pair: Pair): unknown => (isScalar(pair.key) ? pair.key.value : pair.key);

/** Where a block ends with its last line, comments behind it left to what follows. */
function endOfValue(text: string, node: unknown, from: number): number {
  const range = rangeOf(node);
  const end = range === undefined ? from : range[1];
  const trimmed = text.slice(0, end).trimEnd().length;
  return lineEnd(text, Math.max(trimmed, from));
}

const spliced = (text: string, from: number, to: number, by: string): string =>
  text.slice(0, from) + by + text.slice(to);

/** One operation on a document's text; undefined where this text takes none so simply. */
function operated(text: string, { path, value }: Operation): string | undefined {
  const document = parse(text);
  let node: unknown = document.contents;
  for (const [depth, step] of path.entries()) {
    const rest = path.slice(depth + 1);
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item) === step);
      if (pair === undefined)
        return value === undefined ? text : insertedKey(text, node, String(step), nested(rest, value));
      if (rest.length === 0 && value === undefined) return withoutKey(text, node, pair);
      const empty = pair.value === null || (isScalar(pair.value) && pair.value.value === null);
      if (rest.length === 0 || empty) return replaced(text, pair, rest.length === 0 ? value : nested(rest, value));
      if ((pair.value as Ranged).flow === true && (isMap(pair.value) || isSeq(pair.value)))
        return inFlow(text, pair.value, rest, value);
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number") {
      if (step === node.items.length && rest.length === 0) return appended(text, node, value);
      const item = node.items[step];
      if (item === undefined || rest.length === 0) return undefined;
      if ((item as Ranged).flow === true && (isMap(item) || isSeq(item))) return inFlow(text, item, rest, value);
      node = item;
    } else return undefined;
  }
  return undefined;
}

const nested = (path: Path, value: unknown): unknown =>
  path.reduceRight<unknown>((inner, step) => (typeof step === "number" ? [inner] : { [step]: inner }), value);

/** A flow collection written anew with one change in it. */
function inFlow(text: string, node: YAMLMap | YAMLSeq, path: Path, value: unknown): string | undefined {
  const range = rangeOf(node);
  if (range === undefined) return undefined;
  const now = withOperation(node.toJSON() as unknown, path, value);
  return spliced(text, range[0], range[1], flow(now));
}

function insertedKey(text: string, map: YAMLMap, key: string, value: unknown): string | undefined {
  const range = rangeOf(map);
  if (map.flow === true || map.items.length === 0)
    return range === undefined
      ? undefined
      : spliced(text, range[0], range[1], flow({ ...(map.toJSON() as object), [key]: value }));
  const [first, last] = [map.items[0], map.items.at(-1)];
  const [start, lastKey] = [rangeOf(first?.key)?.[0], rangeOf(last?.key)];
  if (start === undefined || lastKey === undefined) return undefined;
  const at = endOfValue(text, last?.value, lastKey[1]);
  const broken = at > 0 && text[at - 1] !== "\n" ? "\n" : "";
  return spliced(
    text,
    at,
    at,
    `${broken}${block(text, { [key]: value }, columnOf(text, start))}${broken === "" ? "\n" : ""}`,
  );
}

function replaced(text: string, pair: Pair, value: unknown): string | undefined {
  const [key, range] = [rangeOf(pair.key), rangeOf(pair.value)];
  if (key === undefined) return undefined;
  const plain = typeof value !== "object" || value === null;
  const old = pair.value;
  const within = old !== null && range !== undefined && text.slice(range[0], range[1]).trim() !== "";
  if (within && (plain || (old as Ranged).flow === true) && (isScalar(old) || (old as Ranged).flow === true)) {
    if (text.slice(range[0], range[1]).includes("\n")) return undefined;
    return spliced(text, range[0], range[1], plain ? flow(value) : flow(value));
  }
  const column = columnOf(text, key[0]);
  const end = endOfValue(text, old, key[1]);
  const name = text.slice(key[0], key[1]);
  const written = plain ? `${name}: ${flow(value)}` : `${name}:\n${block(text, value, column + 2)}`;
  return spliced(text, key[0], end, `${written}\n`);
}

function withoutKey(text: string, map: YAMLMap, pair: Pair): string | undefined {
  const range = rangeOf(map);
  if (map.flow === true && range !== undefined) {
    const { [String(keyText(pair))]: _, ...left } = map.toJSON() as Record<string, unknown>;
    return spliced(text, range[0], range[1], flow(left));
  }
  const key = rangeOf(pair.key);
  if (key === undefined || map.items.length === 1) return undefined;
  const start = text.lastIndexOf("\n", key[0] - 1) + 1;
  const end = endOfValue(text, pair.value, key[1]);
  // Behind a dash: the next key takes its place.
  const lead = text.slice(start, key[0]);
  if (lead.trim() === "") return spliced(text, start, end, "");
  const next = text.slice(end);
  return next.startsWith(" ".repeat(lead.length)) ? spliced(text, key[0], end + lead.length, "") : undefined;
}

function appended(text: string, list: YAMLSeq, value: unknown): string | undefined {
  const range = rangeOf(list);
  if (range === undefined) return undefined;
  if (list.flow === true || list.items.length === 0)
    return spliced(text, range[0], range[1], flow([...(list.toJSON() as unknown[]), value]));
  const last = rangeOf(list.items.at(-1));
  if (last === undefined) return undefined;
  const dash = columnOf(text, range[0]);
  const at = endOfValue(text, list.items.at(-1), last[0]);
  const broken = at > 0 && text[at - 1] !== "\n" ? "\n" : "";
  return spliced(text, at, at, `${broken}${block(text, [value], dash)}${broken === "" ? "\n" : ""}`);
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string | number, unknown>)[step] : undefined,
    value,
  );

/**
 * A document's text with an object in it made another, comments and layout kept. Undefined where that cannot be written
 * without touching what nobody asked for; what comes out is read back and held against what was wanted.
 */
export function editedDocument(text: string, at: string, before: unknown, after: unknown): string | undefined {
  const base = fieldPath(at);
  const todo = operations(before, after).toReversed();
  const old: unknown = parse(text).toJS();
  let wanted = old;
  for (const { path, value } of todo) wanted = withOperation(wanted, [...base, ...path], value);
  let now: string | undefined = text;
  for (const { path, value } of todo) {
    now = operated(now, { path: [...base, ...path], value });
    if (now === undefined) break;
    const read = parse(now);
    if (read.errors.length > 0) {
      now = undefined;
      break;
    }
  }
  if (now !== undefined && isDeepStrictEqual(parse(now).toJS(), wanted)) return now;
  return rewritten(text, base, todo, wanted);
}

/** The whole document written anew: its comments stay, its layout may not. */
function rewritten(text: string, base: Path, todo: readonly Operation[], wanted: unknown): string | undefined {
  const document = parse(text);
  let shared = false;
  visit(document, { Alias: () => void (shared = true) });
  // What an alias stands for would change in two places.
  if (document.errors.length > 0 || shared) return undefined;
  for (const { path, value } of todo) {
    if (value === undefined) document.deleteIn([...base, ...path]);
    else if (valueAt(document.toJS(), [...base, ...path.slice(0, -1)]) === undefined)
      document.setIn(
        [...base, path[0]],
        document.createNode(withOperation(valueAt(document.toJS(), [...base, path[0] ?? ""]), path.slice(1), value)),
      );
    else document.setIn([...base, ...path], document.createNode(value));
  }
  const written = document.toString({ lineWidth: 0 });
  return isDeepStrictEqual(parse(written).toJS(), wanted) ? written : undefined;
}
