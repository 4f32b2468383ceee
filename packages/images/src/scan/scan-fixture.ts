import { createHash } from "node:crypto";
import { parseImageConfig } from "../archives/image-config.ts";
import type { ImageSource, SourceLayer } from "../archives/image-source.ts";
import { defaultLimits, type ScanLimits } from "../layers/limits.ts";
import { type FixtureEntry, inPieces, tarOf } from "../layers/tar-fixture.ts";
import { createSecretScanner } from "../secrets/secret-scanner.ts";
import type { LayerRecord } from "./layer-record.ts";
import { scanLayer } from "./scan-layer.ts";

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** The record of a layer with these entries. */
export async function recordOf(
  entries: readonly FixtureEntry[],
  limits: Partial<ScanLimits> = {},
): Promise<LayerRecord> {
  const tar = await tarOf(entries);
  return scanLayer({
    open: () => inPieces(tar, 4096),
    names: { what: "layer" },
    limits: { ...defaultLimits, ...limits },
    secrets: createSecretScanner({ key: Buffer.alloc(32) }),
  });
}

/** An image of these layers, and how often each was opened. */
export async function imageOf(
  layers: readonly (readonly FixtureEntry[])[],
  config: object = {},
): Promise<ImageSource & { readonly opened: number[] }> {
  const tars = await Promise.all(layers.map(tarOf));
  const opened = tars.map(() => 0);
  const bytes = Buffer.from(
    JSON.stringify({
      os: "linux",
      architecture: "amd64",
      config: { User: "65532", ...config },
      rootfs: { type: "layers", diff_ids: tars.map(sha256) },
    }),
  );
  return {
    opened,
    image: async () => ({
      name: "fixture",
      configDigest: sha256(bytes),
      config: parseImageConfig(bytes, "configuration"),
      layers: tars.map(
        (tar, i): SourceLayer => ({
          digest: sha256(tar),
          diffId: sha256(tar),
          open() {
            opened[i] = (opened[i] ?? 0) + 1;
            return inPieces(tar, 4096);
          },
        }),
      ),
    }),
    close: async () => undefined,
  };
}
