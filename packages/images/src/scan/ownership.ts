import { hashPath, type PathKey, unpackHashes } from "../layers/path-set.ts";
import type { Placed } from "./image-tree.ts";
import type { LayerRecord, RecordedDeclaration } from "./layer-record.ts";

/** Which operating system package owns a path, if any. */
export interface Ownership {
  ownerOf(path: string): { readonly owner: string; readonly layer: number } | undefined;
}

/** From the file lists that are left in the image; a list names its files through symlinked folders or not. */
export function ownershipOf(
  declarations: readonly Placed<RecordedDeclaration>[],
  records: readonly LayerRecord[],
  links: ReadonlyMap<string, string>,
): Ownership {
  const tables: { readonly key: PathKey; readonly layer: number; readonly owners: Map<number, string> }[] = [];
  const byLayer = new Map<number, Map<number, string>>();
  for (const { layer, value } of declarations)
    for (const { owner, hashes } of value.owned ?? []) {
      let owners = byLayer.get(layer);
      if (owners === undefined) {
        owners = new Map();
        byLayer.set(layer, owners);
        const key = records[layer]?.key;
        if (key !== undefined) tables.push({ key, layer, owners });
      }
      for (const hash of unpackHashes(hashes)) owners.set(hash, owner);
    }
  // `/lib` leads to `usr/lib` where /usr is merged: packages made before that list their files under the old name.
  const roots = [...links]
    .filter(([path]) => !path.includes("/"))
    .map(([path, target]) => [path, `${target}/`] as const);
  return {
    ownerOf(path) {
      const names = [
        path,
        ...roots.flatMap(([link, target]) => (path.startsWith(target) ? [`${link}/${path.slice(target.length)}`] : [])),
      ];
      for (const { key, layer, owners } of tables)
        for (const name of names) {
          const owner = owners.get(hashPath(key, name));
          if (owner !== undefined) return { owner, layer };
        }
      return undefined;
    },
  };
}
