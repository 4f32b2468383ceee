import { hashPath, type PathKey, unpackHashes } from "../layers/path-set.ts";
import type { Placed } from "./image-tree.ts";
import type { LayerRecord, RecordedDeclaration } from "./layer-record.ts";

/** Which operating system package owns a path, if any. */
export interface Ownership {
  ownerOf(path: string): { readonly owner: string; readonly layer: number } | undefined;
}

/** What is wanted, by hash, and a mark at the lower bits of each: it tells most of what is listed apart, and costs little. */
interface Wanted {
  readonly paths: ReadonlyMap<number, string>;
  readonly marks: Uint8Array;
}

const markMask = 2 ** 16 - 1;

function wantedOf(names: ReadonlyMap<string, string>, key: PathKey): Wanted {
  const paths = new Map<number, string>();
  const marks = new Uint8Array(markMask + 1);
  for (const [name, path] of names) {
    const hash = hashPath(key, name);
    paths.set(hash, path);
    marks[hash & markMask] = 1;
  }
  return { paths, marks };
}

/**
 * Who owns these paths, by the file lists that are left in the image; a list names its files through symlinked folders
 * or not. The paths asked for are few and the files listed many: so the lists are gone through once.
 */
export function ownershipOf(
  declarations: readonly Placed<RecordedDeclaration>[],
  records: readonly LayerRecord[],
  links: ReadonlyMap<string, string>,
  paths: Iterable<string>,
): Ownership {
  // `/lib` leads to `usr/lib` where /usr is merged: packages made before that list their files under the old name.
  const roots = [...links].flatMap(([path, target]) => (path.includes("/") ? [] : [[path, `${target}/`] as const]));
  const names = new Map<string, string>();
  for (const path of paths) {
    names.set(path, path);
    for (const [link, target] of roots)
      if (path.startsWith(target)) names.set(`${link}/${path.slice(target.length)}`, path);
  }
  const owners = new Map<string, { readonly owner: string; readonly layer: number }>();
  const wantedIn = new Map<number, Wanted>();
  for (const { layer, value } of declarations) {
    const key = records[layer]?.key;
    if (value.owned === undefined || key === undefined) continue;
    let wanted = wantedIn.get(layer);
    if (wanted === undefined) {
      wanted = wantedOf(names, key);
      wantedIn.set(layer, wanted);
    }
    const { paths: wantedPaths, marks } = wanted;
    for (const { owner, hashes } of value.owned)
      for (const hash of unpackHashes(hashes)) {
        if (marks[hash & markMask] === 0) continue;
        const path = wantedPaths.get(hash);
        if (path !== undefined && !owners.has(path)) owners.set(path, { owner, layer });
      }
  }
  return { ownerOf: (path) => owners.get(path) };
}
