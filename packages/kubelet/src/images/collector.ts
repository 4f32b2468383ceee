import { statfs } from "node:fs/promises";
import type { Log } from "@bulkhead/api";
import type { CriClient } from "../cri/client.ts";
import type { CriImage } from "../cri/schema.ts";

export interface ImageThresholds {
  /** Percent of the disk: above, images go; default 85. */
  readonly high: number;
  /** Percent of the disk: until here; default 80. */
  readonly low: number;
  /** Milliseconds an image stays at least after it was first seen; default 2 minutes. */
  readonly minimumAge: number;
}

export const defaultImageThresholds: ImageThresholds = { high: 85, low: 80, minimumAge: 120_000 };

export interface DiskUse {
  readonly capacity: number;
  readonly available: number;
}

export interface KnownImage {
  readonly id: string;
  readonly size: number;
  readonly pinned: boolean;
  readonly inUse: boolean;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastUsed: number;
}

/** Which images to remove, the longest unused first, until the disk is at the low threshold. Pure. */
export function imagesToRemove(
  images: readonly KnownImage[],
  disk: DiskUse,
  thresholds: ImageThresholds,
  now: number,
): readonly KnownImage[] {
  const usedPercent = 100 - (disk.available * 100) / disk.capacity;
  if (disk.capacity === 0 || usedPercent < thresholds.high) return [];
  let excess = (disk.capacity * (100 - thresholds.low)) / 100 - disk.available;
  const chosen: KnownImage[] = [];
  const free = images.filter(
    (image) => !image.inUse && !image.pinned && now - image.firstSeen >= thresholds.minimumAge,
  );
  for (const image of free.toSorted((a, b) => a.lastUsed - b.lastUsed || a.firstSeen - b.firstSeen)) {
    if (excess <= 0) break;
    chosen.push(image);
    excess -= image.size;
  }
  return chosen;
}

export interface ImageCollectorOptions {
  readonly cri: CriClient;
  readonly thresholds: ImageThresholds;
  readonly lastUsed: (id: string) => number | undefined;
  readonly now: () => number;
  readonly log: Log;
}

/** Removes images when the disk that holds them runs full. */
export interface ImageCollector {
  collect(): Promise<void>;
  /** The largest images, for the node's status. */
  list(): Promise<readonly CriImage[]>;
}

export function createImageCollector(options: ImageCollectorOptions): ImageCollector {
  const { cri, now, log } = options;
  const firstSeen = new Map<string, number>();

  async function disk(): Promise<DiskUse> {
    const { imageFilesystems } = await cri.call("ImageFsInfo", {});
    const mountpoint = imageFilesystems[0]?.fsId?.mountpoint;
    if (mountpoint === undefined) return { capacity: 0, available: 0 };
    const stats = await statfs(mountpoint);
    return { capacity: stats.blocks * stats.bsize, available: stats.bavail * stats.bsize };
  }

  async function list(): Promise<readonly CriImage[]> {
    const { images } = await cri.call("ListImages", {});
    const seen = new Set(images.map(({ id }) => id));
    for (const id of firstSeen.keys()) if (!seen.has(id)) firstSeen.delete(id);
    for (const id of seen) if (!firstSeen.has(id)) firstSeen.set(id, now());
    return images;
  }

  return {
    list,
    collect: async () => {
      const [images, { containers }, use] = await Promise.all([list(), cri.call("ListContainers", {}), disk()]);
      const inUse = new Set(
        containers.flatMap(({ imageRef, imageId, image }) => [imageRef, imageId, image?.image ?? ""]),
      );
      const known = images.map((image) => ({
        id: image.id,
        size: image.size,
        pinned: image.pinned,
        inUse: [image.id, ...image.repoTags, ...image.repoDigests].some((name) => inUse.has(name)),
        firstSeen: firstSeen.get(image.id) ?? now(),
        lastUsed: options.lastUsed(image.id) ?? 0,
      }));
      for (const image of imagesToRemove(known, use, options.thresholds, now())) {
        await cri.call("RemoveImage", { image: { image: image.id } });
        log.info({ image: image.id, bytes: image.size }, "image removed: the disk is nearly full");
      }
    },
  };
}
