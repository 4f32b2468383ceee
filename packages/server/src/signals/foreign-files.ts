import { holdsFile } from "./changed-files.ts";
import { type ContainerMounts, mountOf } from "./mounts.ts";

/** A file that a container runs code from and that is none of its image's. */
export interface ForeignFile {
  /** As within the container; `memfd:NAME` for one without a file. */
  readonly path: string;
  /**
   * `written`: over the image, since the start. `deleted`: its file was taken away while it ran. `nowhere`: neither in the image nor
   * where anything was written, nor on a mount that is known.
   */
  readonly origin: "written" | "volume" | "memory" | "deleted" | "nowhere";
  /** The mount that it lies on. */
  readonly mount?: string;
}

/** So many files of one image are known to be its own without looking again. */
const mostKnown = 1024;

/** A link of `/proc` that may be the runtime's own for a moment, on its way in: what it runs then is not the container's yet. */
export const isDoubtful = (link: string): boolean => link.startsWith("/memfd:") || link.endsWith(" (deleted)");

/**
 * What of a program's link, or a mapping's, says that it is none of the image's; undefined: it is, or nobody can tell. `own`: links
 * that were found in the image before; its layers do not change.
 */
export function foreignFile(mounts: ContainerMounts, link: string, own: Set<string>): ForeignFile | undefined {
  const path = link.replace(/ \(deleted\)$/, "");
  if (path.startsWith("/memfd:")) return { path: path.slice(1), origin: "memory" };
  if (!path.startsWith("/")) return undefined;
  const mount = mountOf(mounts, path);
  if (link !== path) return { path, origin: "deleted", ...(mount === undefined ? {} : { mount }) };
  if (mount !== undefined) return { path, origin: "volume", mount };
  if (mounts.upper === undefined) return undefined;
  if (holdsFile(mounts.upper, path)) return { path, origin: "written" };
  if (mounts.lower === undefined || own.has(path)) return undefined;
  for (const layer of mounts.lower)
    if (holdsFile(layer, path)) {
      if (own.size < mostKnown) own.add(path);
      return undefined;
    }
  return { path, origin: "nowhere" };
}
