import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { fieldsOf, parseJson } from "../archives/image-config.ts";
import { descriptorsOf } from "../archives/manifest-image.ts";
import { SourceError } from "../archives/source-error.ts";
import { type Blob, ociManifest } from "../build/image.ts";
import { sha256 } from "../build/layer.ts";
import type { PackageUpgrade } from "./patch-plan.ts";

export interface PatchedImageParts {
  /** The base's manifest of one platform and its configuration, as bytes; their digests are checked by the caller. */
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  /** The base's name with its digest, for whoever reads the result. */
  readonly baseName: string;
  readonly baseDigest: string;
  /** The patch's tar. */
  readonly layer: Uint8Array;
  readonly upgrades: readonly Pick<PackageUpgrade, "name" | "from" | "to" | "fixes">[];
  /** Seconds since the epoch. */
  readonly made: number;
  /** Who patched it: an instance, or a person's program. */
  readonly by: string;
}

/** A patched image: what is new of it, and the base's layers, which only have to be there. */
export interface PatchedImage {
  readonly manifest: Blob;
  /** Configuration and layer. */
  readonly blobs: readonly Blob[];
  /** Digests of the base's layers, from the bottom up. */
  readonly baseLayers: readonly string[];
}

const ociConfig = "application/vnd.oci.image.config.v1+json";
const ociLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
/** Docker's media types and what OCI calls the same bytes. */
const ociTypes: Readonly<Record<string, string>> = {
  "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip": ociLayer,
  "application/vnd.docker.image.rootfs.diff.tar.zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
};

const compress = promisify(gzip);
const textLimit = 4096;
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** `libssl3 3.0.20 → 3.0.22, openssl …` */
export const upgradesText = (upgrades: PatchedImageParts["upgrades"]): string =>
  upgrades
    .map(({ name, from, to }) => `${name} ${from} -> ${to}`)
    .join(", ")
    .slice(0, textLimit);

/**
 * Puts a patch's layer on its base: the base's layers unchanged, its configuration with one more layer and one more step of
 * history. The same bytes for the same base, packages and name. Throws SourceError where the base is no image.
 */
export async function buildPatchedImage(parts: PatchedImageParts): Promise<PatchedImage> {
  const what = parts.baseName;
  const manifest = parseJson(parts.manifest, `${what}: its manifest`);
  const config = parseJson(parts.config, `${what}: its configuration`);
  const layers = descriptorsOf(manifest["layers"], what);
  const sizes = (manifest["layers"] as readonly unknown[]).map((layer) => fieldsOf(layer)["size"]);
  const rootfs = fieldsOf(config["rootfs"]);
  const diffIds = rootfs["diff_ids"];
  if (!Array.isArray(diffIds) || diffIds.length !== layers.length)
    throw new SourceError("malformed", `${what}: its manifest and its configuration name different layers`);
  const created = new Date(parts.made * 1000).toISOString();
  const bytes = await compress(parts.layer, { level: 6 });
  const layer: Blob = { mediaType: ociLayer, digest: sha256(bytes), bytes };
  const fixes = [...new Set(parts.upgrades.flatMap((upgrade) => upgrade.fixes.map(({ id }) => id)))].sort();
  const annotations = {
    "org.opencontainers.image.base.digest": parts.baseDigest,
    "org.opencontainers.image.base.name": parts.baseName,
    "org.opencontainers.image.created": created,
    "dev.bulkhead.patch.packages": upgradesText(parts.upgrades),
    "dev.bulkhead.patch.fixes": fixes.join(" ").slice(0, textLimit),
    "dev.bulkhead.patch.by": parts.by,
  };
  const inner = fieldsOf(config["config"]);
  const history = Array.isArray(config["history"]) ? (config["history"] as unknown[]) : [];
  const patched = json({
    ...config,
    created,
    config: { ...inner, Labels: { ...fieldsOf(inner["Labels"]), ...annotations } },
    rootfs: { ...rootfs, diff_ids: [...(diffIds as unknown[]), sha256(parts.layer)] },
    history: [
      ...history,
      { created, created_by: `bulkhead image patch: ${upgradesText(parts.upgrades)}`, comment: parts.by },
    ],
  });
  const configBlob: Blob = { mediaType: ociConfig, digest: sha256(patched), bytes: patched };
  const body = json({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: { mediaType: ociConfig, digest: configBlob.digest, size: patched.length },
    layers: [
      ...layers.map(({ mediaType, digest }, i) => ({
        mediaType: ociTypes[mediaType] ?? (mediaType === "" ? ociLayer : mediaType),
        digest,
        size: sizes[i],
      })),
      { mediaType: ociLayer, digest: layer.digest, size: bytes.length },
    ],
    annotations,
  });
  return {
    manifest: { mediaType: ociManifest, digest: sha256(body), bytes: body },
    blobs: [configBlob, layer],
    baseLayers: layers.map(({ digest }) => digest),
  };
}
