import { type ImageReference, parseRegistry } from "./reference.ts";

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

const placed = /^[^/]+\/patched\/([^/]+)\/(.+)$/;

/**
 * Where in the instance's registry a patched image of another registry's lies: below the namespace that it is for, by its base's
 * whole name (`shop/patched/registry.example_5000/base/web`). Undefined where that can be no path, as with an address of IPv6.
 */
export function patchedRepository(namespace: string, base: ImageReference): string | undefined {
  const repository = `${namespace}/patched/${base.registry.replace(":", "_")}/${base.repository}`;
  return repository.length <= 255 && !base.registry.startsWith("[") ? repository : undefined;
}

/** What a patched image was made of, as its own name says it, with its base's tag and no digest. Undefined for other images. */
export function patchedOrigin(image: ImageReference): ImageReference | undefined {
  const made = patchedFrom(image.tag);
  if (made === undefined) return undefined;
  const [, host = "", repository = ""] = placed.exec(image.repository) ?? [];
  // A first part without a dot or a port is a path of the very registry, as in any image's name.
  const registry = /[._]/.test(host) || host === "localhost" ? parseRegistry(host.replace("_", ":")) : undefined;
  const base = { registry: image.registry, repository: image.repository, tag: made.tag, digest: undefined };
  return registry === undefined ? base : { ...base, registry, repository };
}
