import type { SourceLayer } from "../archives/image-source.ts";
import { LayerError } from "../layers/layer-error.ts";
import type { ScanLimits } from "../layers/limits.ts";
import { newPathKey } from "../layers/path-set.ts";
import type { SecretScanner } from "../secrets/secret-scanner.ts";
import { type LayerRecord, recordFormat } from "./layer-record.ts";
import { scanLayer } from "./scan-layer.ts";

export interface LayerReading {
  readonly layer: SourceLayer;
  /** The image's, for messages. */
  readonly name: string;
  readonly limits: ScanLimits;
  readonly secrets: SecretScanner;
  readonly signal?: AbortSignal | undefined;
  /** An open file for what does not fit into memory; absent: a temporary one of our own. */
  readonly spool?: number;
}

/** What a layer says. `complete`: all of it; else it is one blind spot, and worth another look. */
export interface ReadRecord {
  readonly record: LayerRecord;
  readonly complete: boolean;
}

/** A layer that is broken or past a bound is a blind spot as a whole; one with the wrong digest throws LayerError. */
export async function readLayerRecord(reading: LayerReading): Promise<ReadRecord> {
  const { layer, name, limits, secrets, signal, spool } = reading;
  const names = {
    what: `${name}, layer ${layer.digest ?? layer.diffId ?? "of a folder"}`,
    digest: layer.digest,
    diffId: layer.diffId,
  };
  try {
    const open = (): ReturnType<SourceLayer["open"]> => layer.open();
    return { record: await scanLayer({ open, names, limits, secrets, signal, spool }), complete: true };
  } catch (error) {
    if (!(error instanceof LayerError) || error.code === "digest-mismatch") throw error;
    const what = error.code === "limit" ? ("limit" as const) : ("layer" as const);
    return {
      complete: false,
      record: unreadRecord(layer, { what, where: layer.digest ?? layer.diffId ?? name, why: error.message }),
    };
  }
}

/** Of a layer of which nothing is known but why. */
export function unreadRecord(
  layer: Pick<SourceLayer, "digest" | "diffId">,
  spot: LayerRecord["blindSpots"][number],
): LayerRecord {
  const none = { whiteouts: [], opaque: [], links: [], declarations: [], executables: [], marks: [], secrets: [] };
  return {
    format: recordFormat,
    digest: layer.digest ?? layer.diffId ?? "",
    diffId: layer.diffId ?? "",
    size: 0,
    entries: 0,
    weight: 0,
    key: newPathKey(),
    files: "",
    folders: "",
    parents: "",
    ...none,
    blindSpots: [spot],
  };
}
