import type { SourceImage } from "../archives/image-source.ts";
import type { BaseTree } from "./base-tree.ts";
import type { FetchFile } from "./fetch-file.ts";
import type { LayerChange } from "./layer-change.ts";
import type { PackageUpgrade, PatchRefusal, WantedFix } from "./patch-plan.ts";
import type { LoadedRepository } from "./repositories.ts";

export interface PatchOptions {
  readonly image: SourceImage;
  /** What there is to mend: `wantedFixes` of what was matched. */
  readonly wanted: readonly WantedFix[];
  /** All that are configured; those of the image's distribution are asked. */
  readonly repositories: readonly LoadedRepository[];
  readonly fetch: FetchFile;
  /** Milliseconds since the epoch: dates of signatures and indexes are held against it. */
  readonly now: number;
}

/** What a patch would change, and the layer that does. */
export interface ImagePatch {
  /** `debian bookworm` */
  readonly base: string;
  readonly upgrades: readonly PackageUpgrade[];
  readonly refused: readonly PatchRefusal[];
  /** What a package manager would have done and was not done. */
  readonly notes: readonly string[];
  /** The layer's tar; absent where nothing can be mended. The same bytes for the same base and packages. */
  readonly layer?: Uint8Array;
  /** When the newest of the packages was made; seconds since the epoch. */
  readonly made: number;
}

/** A base image laid open, for the patcher of its distribution. */
export interface PatchingBase extends Pick<PatchOptions, "wanted" | "fetch" | "now"> {
  readonly name: string;
  readonly tree: BaseTree;
  readonly architecture: string;
  readonly repositories: readonly LoadedRepository[];
}

export interface PatchWork extends Omit<ImagePatch, "base" | "layer" | "made"> {
  readonly changes: readonly LayerChange[];
}
