import type { KubeObject } from "@bulkhead/api";
import { isMap, isPair, isSeq, LineCounter, parseDocument } from "yaml";

/** One object of a file. */
export interface Manifest {
  readonly object: KubeObject;
  /** `shop.yaml`, or `<standard input>`. */
  readonly file: string;
  /** The line, counted from one, on which its document begins. */
  readonly firstLine: number;
  /** The text of its document. */
  readonly text: string;
  /** Where it stands in its document: `items[2]` of a List, "" for the document itself. */
  readonly at: string;
}

/** `a.b[2].c` as the keys that lead there. */
export const fieldPath = (field: string): (string | number)[] =>
  [...field.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    index === undefined ? (quoted ?? name ?? "") : Number(index),
  );

/** Finds, in one document, the line of a field, or of what is nearest above it where the field is left out. */
export function lineFinder(manifest: Pick<Manifest, "text" | "firstLine" | "at">): (field: string) => number {
  const lines = new LineCounter();
  const document = parseDocument(manifest.text, { lineCounter: lines, version: "1.1", logLevel: "silent" });
  return (field) => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const key of [...fieldPath(manifest.at), ...fieldPath(field)]) {
      let next: unknown;
      if (isMap(node)) {
        const pair = node.items.find((item) => isPair(item) && (item.key as { value?: unknown } | null)?.value === key);
        const start = (pair?.key as { range?: readonly number[] } | undefined)?.range?.[0];
        if (pair === undefined || start === undefined) break;
        offset = start;
        next = pair.value;
      } else if (isSeq(node) && typeof key === "number") {
        next = node.items[key];
        const start = (next as { range?: readonly number[] } | undefined)?.range?.[0];
        if (start === undefined) break;
        offset = start;
      } else break;
      node = next;
    }
    return manifest.firstLine + lines.linePos(offset).line - 1;
  };
}
