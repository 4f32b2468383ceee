import { BodySyntaxError, type KubeObject, parseBody, StatusError } from "@bulkhead/api";
import { LineCounter, parseDocument } from "yaml";
import type { Manifest } from "./manifest.ts";

/** Why a document cannot be judged, and where. */
export interface ManifestProblem {
  readonly file: string;
  readonly line: number;
  readonly says: string;
}

export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ManifestProblem[];
}

/** Documents in one file at most: Helm renders hundreds, never this many. */
const mostDocuments = 5000;

interface Piece {
  readonly text: string;
  readonly firstLine: number;
}

/** Apart at lines of `---`, as kubectl does it. */
export function splitDocuments(text: string): Piece[] {
  const pieces: Piece[] = [];
  let begin = 1;
  let held: string[] = [];
  const lines = text.split(/\r?\n/);
  for (const [i, line] of lines.entries()) {
    if (/^---(\s|$)/.test(line)) {
      pieces.push({ text: held.join("\n"), firstLine: begin });
      // What stands behind the dashes belongs to the next document, on this line.
      held = [line.slice(3)];
      begin = i + 1;
    } else held.push(line);
  }
  pieces.push({ text: held.join("\n"), firstLine: begin });
  return pieces.filter((p) => /^\s*[^\s#]/m.test(p.text));
}

/** Reads what a file holds. The bounds are those of the API server: what it would refuse for its size is refused here. */
export function parseDocuments(file: string, text: string): ReadManifests {
  const manifests: Manifest[] = [];
  const problems: ManifestProblem[] = [];
  const pieces = splitDocuments(text.replace(/^\ufeff/, ""));
  if (pieces.length > mostDocuments) {
    const line = pieces[mostDocuments]?.firstLine ?? 1;
    return { manifests, problems: [{ file, line, says: `more than ${mostDocuments} documents in one file` }] };
  }
  for (const piece of pieces) {
    const problem = (says: string, line = contentLine(piece)): void => void problems.push({ file, line, says });
    try {
      const { value, duplicates } = parseBody(Buffer.from(piece.text), "yaml");
      if (value === null) continue;
      for (const key of duplicates) problem(`${key} is given twice`);
      for (const found of objectsIn(value)) {
        if (typeof found === "string") problem(found);
        else manifests.push({ ...found, file, firstLine: piece.firstLine, text: piece.text });
      }
    } catch (error) {
      if (error instanceof BodySyntaxError) problem(...syntaxProblem(piece));
      else if (error instanceof StatusError) problem(error.message);
      else throw error;
    }
  }
  return { manifests, problems };
}

/** The line on which a document's first word stands. */
const contentLine = ({ text, firstLine }: Piece): number =>
  firstLine + text.split("\n").findIndex((line) => /^\s*[^\s#]/.test(line));

function syntaxProblem({ text, firstLine }: Piece): [says: string, line: number] {
  const lines = new LineCounter();
  const [error] = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" }).errors;
  if (error === undefined) return ["this is neither YAML nor JSON", firstLine];
  return [`no YAML: ${error.message}`, firstLine + lines.linePos(error.pos[0]).line - 1];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects of a document, those of a List one by one; a text where something is none. */
function* objectsIn(value: unknown, at = ""): Generator<string | { object: KubeObject; at: string }> {
  const where = at === "" ? "" : `${at}: `;
  if (!isObject(value)) {
    yield `${where}this is no object with apiVersion and kind`;
    return;
  }
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || apiVersion === "" || typeof kind !== "string" || kind === "") {
    yield `${where}${typeof apiVersion !== "string" || apiVersion === "" ? "apiVersion" : "kind"} is missing`;
    return;
  }
  if (kind.endsWith("List") && Array.isArray(value["items"])) {
    for (const [i, item] of value["items"].entries()) {
      const typed = isObject(item) && kind !== "List" ? { apiVersion, kind: kind.slice(0, -4), ...item } : item;
      yield* objectsIn(typed, at === "" ? `items[${i}]` : `${at}.items[${i}]`);
    }
    return;
  }
  if (metadata !== undefined && !isObject(metadata)) {
    yield `${where}metadata is no object`;
    return;
  }
  yield { object: { ...value, apiVersion, kind, metadata: metadata ?? {} }, at };
}
