import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Scalar } from "yaml";

/** An image line of a manifest that is to say another image. */
export interface ImageChange {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly image: string;
}

export interface Manifest {
  /** With `/`, as git names it. */
  readonly path: string;
  readonly text: string;
}

/** One changed line. */
interface LineEdit {
  /** From 0. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

export interface GitPatch {
  /** As `git apply` takes it; "" where nothing is to be changed. */
  readonly patch: string;
  /** Changes for which no image line was found, or one that no single line holds. */
  readonly missing: readonly ImageChange[];
}

/** The image's scalar in one document, where it is the workload's. */
function imageNode(document: unknown, change: ImageChange): Scalar<string> | undefined {
  if (!isMap(document) || document.get("kind") !== change.kind) return undefined;
  const named = document.getIn(["metadata", "name"]) === change.name;
  const namespace: unknown = document.getIn(["metadata", "namespace"]);
  // A manifest without a namespace goes where it is applied to.
  if (!named || (namespace !== undefined && namespace !== change.namespace)) return undefined;
  for (const list of ["containers", "initContainers"]) {
    const containers: unknown = document.getIn(["spec", "template", "spec", list]);
    if (!isSeq(containers)) continue;
    for (const container of containers.items) {
      if (!isMap(container) || container.get("name") !== change.container) continue;
      const image = container.get("image", true);
      if (isScalar(image) && typeof image.value === "string") return image as Scalar<string>;
    }
  }
  return undefined;
}

const plain = /^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/;

/** The image in the quotes that were there. */
function written(image: string, before: string): string {
  const quote = before[0];
  return quote === '"' || quote === "'" ? `${quote}${image}${quote}` : image;
}

function editsOf(text: string, changes: readonly ImageChange[], found: Set<ImageChange>): LineEdit[] {
  const counter = new LineCounter();
  // Aliases are followed by nobody here: an image below one is not found, and named as missing.
  const documents = parseAllDocuments(text, { lineCounter: counter, keepSourceTokens: true });
  const lines = text.split("\n");
  const edits: LineEdit[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    if (document.errors.length > 0) continue;
    const items: unknown[] =
      isMap(document.contents) && isSeq(document.contents.get("items"))
        ? (document.contents.get("items") as { items: unknown[] }).items
        : [document.contents];
    for (const item of items)
      for (const change of changes) {
        const node = imageNode(item, change);
        if (node?.range == null) continue;
        const [start, end] = node.range;
        const source = text.slice(start, end);
        if (source.includes("\n") || !plain.test(change.image)) continue;
        found.add(change);
        if (node.value === change.image) continue;
        const { line, col } = counter.linePos(start);
        const before = lines[line - 1] ?? "";
        const after = before.slice(0, col - 1) + written(change.image, source) + before.slice(col - 1 + source.length);
        edits.push({ line: line - 1, before, after });
      }
  }
  return edits.sort((a, b) => a.line - b.line);
}

const context = 3;

/** A unified diff of single lines replaced. */
function diffOf({ path, text }: Manifest, edits: readonly LineEdit[]): string {
  const ended = text.endsWith("\n");
  const lines = (ended ? text.slice(0, -1) : text).split("\n");
  const groups: LineEdit[][] = [];
  for (const edit of edits) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (last === undefined || before === undefined || edit.line - before.line > 2 * context) groups.push([edit]);
    else last.push(edit);
  }
  const hunks = groups.map((group) => {
    const first = Math.max(0, (group[0]?.line ?? 0) - context);
    const last = Math.min(lines.length - 1, (group.at(-1)?.line ?? 0) + context);
    const body: string[] = [];
    for (let line = first; line <= last; line++) {
      const edit = group.find((one) => one.line === line);
      const end = line === lines.length - 1 && !ended ? "\n\\ No newline at end of file" : "";
      if (edit === undefined) body.push(` ${lines[line] ?? ""}${end}`);
      else body.push(`-${edit.before}${end}`, `+${edit.after}${end}`);
    }
    const range = `${first + 1},${last - first + 1}`;
    return `@@ -${range} +${range} @@\n${body.join("\n")}\n`;
  });
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunks.join("")}`;
}

/** Pure. The changes as a patch to the manifests they come from; comments and layout stay as they are. */
export function gitPatch(manifests: readonly Manifest[], changes: readonly ImageChange[]): GitPatch {
  const found = new Set<ImageChange>();
  const patch = manifests
    .map((manifest) => {
      const edits = editsOf(manifest.text, changes, found);
      return edits.length === 0 ? "" : diffOf(manifest, edits);
    })
    .join("");
  return { patch, missing: changes.filter((change) => !found.has(change)) };
}
