/** A tag longer than this has no room for what follows it. */
const longestTag = 90;

const form = /^(.+)-patched\.([0-9a-f]{12})\.([0-9a-f]{8})$/;

/** The tag of a patched image: its base's, with the beginnings of the base's digest and of the patch's. */
export const patchTag = (tag: string | undefined, base: string, layer: string): string =>
  `${(tag ?? "untagged").slice(0, longestTag)}-patched.${base.slice("sha256:".length).slice(0, 12)}.${layer.slice("sha256:".length).slice(0, 8)}`;

/** What a patched image's tag says: its base's tag and the beginnings of both digests. Undefined for other tags. */
export function patchedFrom(
  tag: string | undefined,
): { readonly tag: string; readonly base: string; readonly layer: string } | undefined {
  const [, before, base, layer] = form.exec(tag ?? "") ?? [];
  return before === undefined || base === undefined || layer === undefined ? undefined : { tag: before, base, layer };
}
