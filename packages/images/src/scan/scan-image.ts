import { createHash } from "node:crypto";
import type { ImageConfig } from "../archives/image-config.ts";
import type { ImageSource, Platform, SourceImage } from "../archives/image-source.ts";
import { SourceError } from "../archives/source-error.ts";
import { type CheckFinding, checkImage } from "../checks/check-image.ts";
import { withoutSecrets } from "../checks/config-checks.ts";
import type { Inventory } from "../inventory.ts";
import { LayerError } from "../layers/layer-error.ts";
import { defaultLimits, type ScanLimits } from "../layers/limits.ts";
import { createSecretScanner } from "../secrets/secret-scanner.ts";
import type { LayerCache } from "./layer-cache.ts";
import { type LayerRecord, recordFormat } from "./layer-record.ts";
import type { LoadableFiles } from "./loadable-files.ts";
import { type ImageSecret, mergeRecords } from "./merge-records.ts";
import { readLayerRecord, unreadRecord } from "./read-layer-record.ts";

export interface ScanOptions {
  /** Records of layers read before; absent: every layer is read. */
  readonly cache?: LayerCache;
  readonly limits?: Partial<ScanLimits>;
  readonly platform?: Platform;
  /** Ends the scan: a registry may send a layer as slowly as it likes. Its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told as each layer is done: how many of how many, and whether it had been read before. */
  readonly progress?: (done: number, all: number, cached: boolean) => void;
}

export interface ScannedLayer {
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
}

/** What one scan found. Plain JSON; everything in it that came out of the image is hostile text. */
export interface ImageScan {
  readonly name: string;
  /** Digest of the manifest; absent in old docker archives. */
  readonly digest?: string;
  readonly configDigest: string;
  readonly platform: Platform;
  /** Uncompressed bytes of all layers. */
  readonly size: number;
  readonly layers: readonly ScannedLayer[];
  readonly config: ImageConfig;
  readonly inventory: Inventory;
  readonly checks: readonly CheckFinding[];
  readonly secrets: readonly ImageSecret[];
  /** Which package is in use when a process has loaded a file; absent in reports of older versions. */
  readonly loadable?: readonly LoadableFiles[];
}

type Kept = Omit<ImageScan, "name" | "digest">;

/**
 * Reads an image: each layer once, streaming, in memory bounded whatever its size; then lays them over one another.
 * A layer of another digest than it should have, and an image that cannot be opened, throw (LayerError, SourceError,
 * RegistryError); whatever else cannot be read is a blind spot of the result.
 */
export async function scanImage(source: ImageSource, options: ScanOptions = {}): Promise<ImageScan> {
  const limits = { ...defaultLimits, ...options.limits };
  const image = await source.image(options.platform);
  if (image.layers.length > limits.layers)
    throw new SourceError("limit", `${image.name}: ${image.layers.length} layers, more than ${limits.layers}`);
  const identity = identityOf(image, limits);
  const known = identity === undefined ? undefined : ((await options.cache?.getResult(identity)) as Kept | undefined);
  const head = { name: image.name, ...(image.digest === undefined ? {} : { digest: image.digest }) };
  if (known !== undefined) {
    options.progress?.(image.layers.length, image.layers.length, true);
    return { ...head, ...known };
  }

  const secrets = createSecretScanner(options.cache === undefined ? {} : { key: options.cache.key });
  const records: LayerRecord[] = [];
  let whole = true;
  let kept = 0;
  for (const layer of image.layers) {
    const named = layer.digest ?? layer.diffId;
    const found = named === undefined ? undefined : await options.cache?.get(named);
    // Absent in the record of a layer that could not be read.
    if (found !== undefined && found.diffId !== "" && layer.diffId !== undefined && found.diffId !== layer.diffId)
      throw new LayerError(
        "digest-mismatch",
        `${image.name}: layer ${layer.digest} holds ${found.diffId}, its configuration says ${layer.diffId}`,
      );
    const { record, complete } =
      found === undefined
        ? await readLayerRecord({ layer, name: image.name, limits, secrets, signal: options.signal })
        : { record: found, complete: true };
    if (found === undefined && complete && named !== undefined) await options.cache?.put(record);
    whole &&= complete;
    kept += record.weight;
    records.push(
      kept <= limits.keptBytes
        ? record
        : unreadRecord(layer, {
            what: "limit",
            where: record.digest,
            why: "more is in this image's layers than is kept of one image",
          }),
    );
    options.progress?.(records.length, image.layers.length, found !== undefined);
  }
  const merged = mergeRecords(records);
  const { config } = image;
  const scan: Kept = {
    configDigest: image.configDigest,
    platform: {
      os: config.os,
      architecture: config.architecture,
      ...(config.variant === undefined ? {} : { variant: config.variant }),
    },
    size: records.reduce((sum, r) => sum + r.size, 0),
    layers: records.map(({ digest, diffId, size }) => ({ digest, diffId, size })),
    config: withoutSecrets(config, secrets),
    inventory: {
      ...merged.inventory,
      blindSpots: [...merged.inventory.blindSpots, ...(image.unread?.() ?? [])],
    },
    checks: checkImage({
      bare: image.bare === true,
      config,
      marks: merged.marks,
      executables: merged.executables,
      packages: merged.inventory.packages,
      secrets,
    }),
    secrets: merged.secrets,
    loadable: merged.loadable,
  };
  if (whole && identity !== undefined) await options.cache?.putResult(identity, scan);
  return { ...head, ...scan };
}

/** The same image read by the same rules within the same bounds gives the same result. */
function identityOf(image: SourceImage, limits: ScanLimits): string | undefined {
  if (image.layers.some((l) => l.digest === undefined && l.diffId === undefined)) return undefined;
  const parts = [recordFormat, image.configDigest, image.layers.map((l) => [l.digest, l.diffId]), limits];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
