import { type KubeObject, yamlLines } from "@bulkhead/api";
import { type PlannedDocument } from "./plan.ts";

/** Where an object stands in a file that somebody else has read. */
export interface DocumentSource {
  /** As the patch names it: relative, with slashes. */
  readonly file: string;
  /** All of the file. */
  readonly text: string;
  /** The object's first and last line in it, from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** The document as its owner would write it, comments kept; absent: as this product writes YAML. */
  readonly rewrite?: (after: KubeObject) => string;
}

/** Finds the file that an object came from; undefined: it came from none. */
export type SourceOf = (document: PlannedDocument) => DocumentSource | undefined;

/** One file's or object's changes as a unified diff. */
export interface FileDiff {
  readonly file: string;
  /** With `diff --git`, as `git apply` and `patch -p1` take it. */
  readonly text: string;
}

const context = 3;
/** Steps of difference that are looked for; past it everything between the first and the last is replaced. */
const maxSteps = 2000;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** The shortest way from one list of lines to another (Myers 1986). */
function lineChanges(before: readonly string[], after: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail += 1;
  const same = (text: string): Line => ({ sign: " ", text });
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): readonly Line[] {
  const [n, m] = [before.length, after.length];
  const furthest = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  for (let steps = 0; steps <= Math.min(n + m, maxSteps); steps++) {
    trail.push(new Map(furthest));
    for (let k = -steps; k <= steps; k += 2) {
      const down = k === -steps || (k !== steps && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
      let x = down ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1;
      while (x < n && x - k < m && before[x] === after[x - k]) x += 1;
      furthest.set(k, x);
      if (x >= n && x - k >= m) return walked(before, after, trail, steps);
    }
  }
  return [...before.map((text): Line => ({ sign: "-", text })), ...after.map((text): Line => ({ sign: "+", text }))];
}

function walked(
  before: readonly string[],
  after: readonly string[],
  trail: readonly Map<number, number>[],
  last: number,
): readonly Line[] {
  const lines: Line[] = [];
  let [x, y] = [before.length, after.length];
  for (let steps = last; steps >= 0; steps--) {
    const furthest = trail[steps] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -steps || (k !== steps && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
    const from = down ? k + 1 : k - 1;
    const startX = steps === 0 ? 0 : (furthest.get(from) ?? 0);
    const startY = steps === 0 ? 0 : startX - from;
    while (x > startX && y > startY && before[x - 1] === after[y - 1]) {
      lines.push({ sign: " ", text: before[x - 1] ?? "" });
      x -= 1;
      y -= 1;
    }
    if (steps === 0) break;
    if (down) lines.push({ sign: "+", text: after[startY] ?? "" });
    else lines.push({ sign: "-", text: before[startX] ?? "" });
    x = startX;
    y = startY;
  }
  return lines.toReversed();
}

const isChange = ({ sign }: Line): boolean => sign !== " ";

/** Changes with three lines around them, those that lie close in one hunk. */
function hunks(lines: readonly Line[]): readonly string[] {
  const out: string[] = [];
  let [oldAt, newAt, index] = [1, 1, 0];
  while (index < lines.length) {
    if (!isChange(lines[index] as Line)) {
      oldAt += 1;
      newAt += 1;
      index += 1;
      continue;
    }
    const start = Math.max(0, index - context);
    let end = index;
    for (let at = index; at < lines.length && at <= end + 2 * context; at++) if (isChange(lines[at] as Line)) end = at;
    const part = lines.slice(start, Math.min(lines.length, end + 1 + context));
    const back = index - start;
    const oldCount = part.filter(({ sign }) => sign !== "+").length;
    const newCount = part.filter(({ sign }) => sign !== "-").length;
    const range = (at: number, count: number): string => `${count === 0 ? at - 1 : at},${count}`;
    out.push(`@@ -${range(oldAt - back, oldCount)} +${range(newAt - back, newCount)} @@`);
    out.push(
      ...part.map(({ sign, text }) =>
        text.endsWith("\n") ? `${sign}${text.slice(0, -1)}` : `${sign}${text}\n\\ No newline at end of file`,
      ),
    );
    oldAt += oldCount - back;
    newAt += newCount - back;
    index = start + part.length;
  }
  return out;
}

/** Lines with their ends. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The unified diff of two texts of one file; "" where nothing differs. An absent text: the file is not there. */
export function unifiedDiff(file: string, before: string | undefined, after: string | undefined): string {
  if (before === after) return "";
  const lines = lineChanges(linesOf(before ?? ""), linesOf(after ?? ""));
  return [
    `diff --git a/${file} b/${file}`,
    ...(before === undefined ? ["new file mode 100644"] : after === undefined ? ["deleted file mode 100644"] : []),
    `--- ${before === undefined ? "/dev/null" : `a/${file}`}`,
    `+++ ${after === undefined ? "/dev/null" : `b/${file}`}`,
    ...hunks(lines),
    "",
  ].join("\n");
}

const yamlOf = (object: KubeObject): string => [...yamlLines(object)].join("");

/** A file's name for an object that came from none: `shop/apps.Deployment.web.yaml`. */
const nameOf = ({ object: { apiVersion, kind, namespace, name } }: PlannedDocument): string => {
  const group = apiVersion.includes("/") ? `${apiVersion.slice(0, apiVersion.indexOf("/"))}.` : "";
  return `${namespace === undefined ? "" : `${namespace}/`}${group}${kind}.${name.replaceAll(/[^\w.-]/g, "_")}.yaml`;
};

/** A plan as diffs: of the files that its objects came from, and of an object alone that came from none. */
export function planDiffs(
  documents: readonly PlannedDocument[],
  sourceOf: SourceOf = () => undefined,
): readonly FileDiff[] {
  const files = new Map<
    string,
    { readonly text: string; readonly parts: { source: DocumentSource; after: KubeObject | undefined }[] }
  >();
  const diffs: FileDiff[] = [];
  for (const document of documents) {
    const { before, after } = document;
    const source = before === undefined ? undefined : sourceOf(document);
    if (source === undefined) {
      const file = nameOf(document);
      const text = unifiedDiff(file, before && yamlOf(before), after && yamlOf(after));
      if (text !== "") diffs.push({ file, text });
      continue;
    }
    const known = files.get(source.file) ?? { text: source.text, parts: [] };
    files.set(source.file, known);
    known.parts.push({ source, after });
  }
  for (const [file, { text, parts }] of files) {
    const diff = unifiedDiff(file, text, replaced(text, parts));
    if (diff !== "") diffs.push({ file, text: diff });
  }
  return diffs.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** A file's text with its documents written anew, the last first: those before keep their lines. */
function replaced(
  text: string,
  parts: readonly { readonly source: DocumentSource; readonly after: KubeObject | undefined }[],
): string {
  const lines = [...linesOf(text)];
  for (const { source, after } of parts.toSorted((a, b) => b.source.firstLine - a.source.firstLine)) {
    const { firstLine, lastLine, rewrite } = source;
    const written = after === undefined ? "" : (rewrite?.(after) ?? yamlOf(after));
    lines.splice(firstLine - 1, lastLine - firstLine + 1, ...linesOf(written));
  }
  return lines.join("");
}
