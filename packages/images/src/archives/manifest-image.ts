import { createHash } from "node:crypto";
import type { LayerBytes } from "../layers/read-layer.ts";
import { digestForm, fieldsOf, parseImageConfig, parseJson } from "./image-config.ts";
import type { Platform, SourceImage } from "./image-source.ts";
import { SourceError } from "./source-error.ts";

/** Blobs by digest, wherever they are kept. */
export interface BlobStore {
  /** A blob whole, of at most `limit` bytes. Its digest is checked by the caller. */
  read(digest: string, limit: number): Promise<Uint8Array>;
  open(digest: string): LayerBytes;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly platform?: Platform;
}

const jsonLimit = 8 << 20;
const indexDepth = 4;
const layersLimit = 4096;
const indexTypes = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);

export const hostPlatform = (): Platform => ({
  os: "linux",
  architecture: process.arch === "x64" ? "amd64" : process.arch,
});

export function descriptorsOf(value: unknown, what: string): Descriptor[] {
  if (!Array.isArray(value) || value.length > layersLimit)
    throw new SourceError("malformed", `${what}: no list of descriptors`);
  return (value as unknown[]).map((item) => {
    const { mediaType, digest, platform } = fieldsOf(item);
    if (typeof digest !== "string" || !digestForm.test(digest))
      throw new SourceError("malformed", `${what}: a descriptor without a sha256 digest`);
    const { os, architecture, variant } = fieldsOf(platform);
    return {
      mediaType: typeof mediaType === "string" ? mediaType : "",
      digest,
      ...(typeof os === "string" && typeof architecture === "string"
        ? { platform: { os, architecture, ...(typeof variant === "string" ? { variant } : {}) } }
        : {}),
    };
  });
}

async function checked(store: BlobStore, digest: string, what: string): Promise<Uint8Array> {
  const bytes = await store.read(digest, jsonLimit);
  const is = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (is !== digest)
    throw new SourceError("digest-mismatch", `${what}: the bytes named ${digest} have the digest ${is}`);
  return bytes;
}

/** The platform wanted among those an index offers; attestations (`unknown/unknown`) are none. */
export function choosePlatform(offered: readonly Descriptor[], wanted: Platform, what: string): Descriptor {
  const real = offered.filter((d) => d.platform?.os !== "unknown");
  const fitting = real.filter(
    ({ platform }) =>
      platform === undefined ||
      (platform.os === wanted.os &&
        platform.architecture === wanted.architecture &&
        (wanted.variant === undefined || platform.variant === wanted.variant)),
  );
  // One that names its platform goes before one that does not say.
  const chosen = fitting.find((d) => d.platform !== undefined) ?? fitting[0];
  if (chosen !== undefined) return chosen;
  const names = real.map(({ platform: p }) =>
    p === undefined ? "?" : `${p.os}/${p.architecture}${p.variant === undefined ? "" : `/${p.variant}`}`,
  );
  throw new SourceError(
    "absent",
    `${what}: nothing for ${wanted.os}/${wanted.architecture}; it offers ${names.slice(0, 20).join(", ") || "no image"} (choose with --platform)`,
  );
}

/**
 * Follows an index to its platform's manifest, that to its configuration and layers; each JSON blob is checked against
 * its digest, and the media type and shape must agree (CVE-2021-41190). Layers with addresses of their own are read
 * from the store all the same (CVE-2020-15157).
 */
export async function imageFromManifest(
  store: BlobStore,
  descriptor: Descriptor,
  name: string,
  platform: Platform = hostPlatform(),
): Promise<SourceImage> {
  let current = descriptor;
  for (let depth = 0; depth < indexDepth; depth++) {
    const what = `${name} (${current.digest.slice(0, 19)}…)`;
    const manifest = parseJson(await checked(store, current.digest, what), `${what}: its manifest`);
    const said = typeof manifest["mediaType"] === "string" ? manifest["mediaType"] : current.mediaType;
    const isIndex = "manifests" in manifest;
    if (("layers" in manifest || "config" in manifest) === isIndex || (said !== "" && indexTypes.has(said) !== isIndex))
      throw new SourceError("malformed", `${what}: its media type and what it holds disagree`);
    if (isIndex) {
      current = choosePlatform(descriptorsOf(manifest["manifests"], what), platform, what);
      continue;
    }
    const layers = descriptorsOf(manifest["layers"], what);
    const [config] = descriptorsOf([manifest["config"]], what);
    if (config === undefined) throw new SourceError("malformed", `${what}: it names no configuration`);
    const parsed = parseImageConfig(await checked(store, config.digest, what), `${what}: its configuration`);
    if (parsed.diffIds.length !== layers.length)
      throw new SourceError(
        "malformed",
        `${what}: ${layers.length} layers, but its configuration knows ${parsed.diffIds.length}`,
      );
    return {
      name,
      digest: current.digest,
      configDigest: config.digest,
      config: parsed,
      layers: layers.map(({ digest }, i) => ({
        digest,
        diffId: parsed.diffIds[i] ?? "",
        open: () => store.open(digest),
      })),
    };
  }
  throw new SourceError("limit", `${name}: indexes within indexes`);
}
