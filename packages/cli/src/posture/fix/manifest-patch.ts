import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { type PlannedDocument, unifiedDiff } from "@bulkhead/analysis";
import { stringify } from "yaml";
import type { Manifest } from "../../check/manifest.ts";
import { objectText } from "../../output/verdict-text.ts";
import { placeKey } from "../gather-manifests.ts";
import { editedDocument } from "./yaml-edit.ts";

export interface ManifestPatch {
  /** As `git apply` takes it; "" where nothing is to be changed. */
  readonly patch: string;
  /** What is left to a person, and why. */
  readonly missing: readonly { readonly object: string; readonly why: string }[];
  /** Files that the patch makes: a kustomization has to name them. */
  readonly made: readonly string[];
}

/** As git names it from the folder that the command runs in. */
const pathOf = (file: string): string =>
  (isAbsolute(file) ? relative(process.cwd(), file) : file).split(sep).join("/").replace(/^\.\//, "");

/** A document's lines in its file, which begins behind the dashes where there are any. */
function inFile(fileText: string, manifest: Manifest, text: string): string {
  const lines = fileText.split("\n");
  const first = manifest.firstLine - 1;
  const dashes = (lines[first] ?? "").startsWith("---") ? "---" : "";
  lines.splice(first, manifest.text.split("\n").length, ...`${dashes}${text}`.split("\n"));
  return lines.join("\n");
}

/** The documents of a plan as a patch to the manifests that they come from; comments and layout stay. */
export async function manifestPatch(
  documents: readonly PlannedDocument[],
  places: ReadonlyMap<string, Manifest>,
): Promise<ManifestPatch> {
  const files = new Map<string, { readonly before: string | undefined; after: string }>();
  const missing: ManifestPatch["missing"][number][] = [];
  const made: string[] = [];
  const leave = (document: PlannedDocument, why: string): void =>
    void missing.push({ object: objectText(document.object), why });
  // From the end of each file: lines before stay where they are.
  const ordered = documents.toSorted(
    (a, b) => (places.get(placeKey(b.object))?.firstLine ?? 0) - (places.get(placeKey(a.object))?.firstLine ?? 0),
  );
  const edited = new Map<Manifest, string>();
  for (const document of ordered) {
    const { object, before, after } = document;
    const manifest = places.get(placeKey(object));
    if (before === undefined && after !== undefined) {
      const near = [...places].find(
        ([
          ,
          {
            object: { metadata },
          },
        ]) => (metadata.namespace ?? "default") === (object.namespace ?? ""),
      )?.[1];
      const path = join(
        near === undefined || near.file.startsWith("<") ? "." : dirname(near.file),
        `${object.kind.toLowerCase()}-${object.name}.yaml`,
      );
      files.set(path, { before: undefined, after: stringify(after, { lineWidth: 0 }) });
      made.push(pathOf(path));
    } else if (manifest === undefined) leave(document, "it stands in no manifest that was named");
    else if (manifest.file.startsWith("<")) leave(document, "it came on standard input: name its file");
    else if (after === undefined) leave(document, `take it out of ${manifest.file} by hand`);
    else {
      // Several objects of one List share a text.
      const shared = [...edited].find(
        ([other]) => other.file === manifest.file && other.firstLine === manifest.firstLine,
      )?.[1];
      const text = editedDocument(shared ?? manifest.text, manifest.at, before, after);
      if (text === undefined) {
        leave(document, `${manifest.file}:${manifest.firstLine} cannot be edited without touching more than is meant`);
        continue;
      }
      const file = files.get(manifest.file) ?? (await fileOf(manifest.file));
      file.after = inFile(file.after, shared === undefined ? manifest : { ...manifest, text: shared }, text);
      files.set(manifest.file, file);
      edited.set(manifest, text);
    }
  }
  const patch = [...files]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { before, after }]) => unifiedDiff(pathOf(path), before, after))
    .join("");
  return { patch, missing, made };
}

async function fileOf(path: string): Promise<{ before: string; after: string }> {
  const text = await readFile(path, "utf8");
  return { before: text, after: text };
}
