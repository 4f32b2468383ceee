import type { PostureFinding } from "@bulkhead/analysis";
import { lineFinder, type Manifest } from "../check/manifest.ts";
import type { Look } from "../commands/posture.ts";
import { placeKey } from "./gather-manifests.ts";

const finders = new WeakMap<Manifest, ReturnType<typeof lineFinder>>();

/** File and line of a finding in manifests; undefined for a cluster's. */
export function lineOf(
  { places }: Pick<Look, "places">,
  { object, field }: Pick<PostureFinding, "object" | "field">,
): { readonly file: string; readonly line: number } | undefined {
  const manifest = places.get(placeKey(object));
  if (manifest === undefined) return undefined;
  const find = finders.get(manifest) ?? lineFinder(manifest);
  finders.set(manifest, find);
  return { file: manifest.file, line: find(field ?? "kind") };
}
