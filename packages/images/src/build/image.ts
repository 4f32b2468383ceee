import { packTar } from "modern-tar";
import { type Layer, sha256 } from "./layer.ts";

/** What an image says about how it runs. */
export interface ImageSettings {
  readonly architecture: "amd64" | "arm64";
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: readonly string[];
  /** `65532:65532`. Numeric, so that runAsNonRoot can be judged. */
  readonly user: string;
  readonly workingDirectory?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
}

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** A whole image: a manifest and the blobs it names, configuration first. */
export interface BuiltImage {
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
}

export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const ociConfig = "application/vnd.oci.image.config.v1+json";
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Puts layers and settings together; the same bytes for the same input. */
export function buildImage(layers: readonly Layer[], settings: ImageSettings): BuiltImage {
  const config = json({
    architecture: settings.architecture,
    os: "linux",
    config: {
      User: settings.user,
      Entrypoint: settings.entrypoint,
      ...(settings.cmd === undefined ? {} : { Cmd: settings.cmd }),
      Env: settings.env ?? ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ...(settings.workingDirectory === undefined ? {} : { WorkingDir: settings.workingDirectory }),
      ...(settings.labels === undefined ? {} : { Labels: settings.labels }),
      ...(settings.ports === undefined ? {} : { ExposedPorts: Object.fromEntries(settings.ports.map((p) => [p, {}])) }),
    },
    rootfs: { type: "layers", diff_ids: layers.map((l) => l.diffId) },
    history: layers.map(() => ({ created_by: "bulkhead" })),
  });
  const descriptor = (blob: { mediaType: string; digest: string; bytes: Uint8Array }): object => ({
    mediaType: blob.mediaType,
    digest: blob.digest,
    size: blob.bytes.length,
  });
  const configBlob: Blob = { mediaType: ociConfig, digest: sha256(config), bytes: config };
  const manifest = json({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptor(configBlob),
    layers: layers.map(descriptor),
  });
  return {
    manifest: { mediaType: ociManifest, digest: sha256(manifest), bytes: manifest },
    blobs: [configBlob, ...layers],
  };
}

/** The image as an OCI layout in a tar, under the given full name: what `ctr image import` reads. */
export async function imageArchive(image: BuiltImage, name: string): Promise<Uint8Array> {
  const index = json({
    schemaVersion: 2,
    manifests: [
      {
        mediaType: image.manifest.mediaType,
        digest: image.manifest.digest,
        size: image.manifest.bytes.length,
        annotations: {
          "io.containerd.image.name": name,
          "org.opencontainers.image.ref.name": name.split(":").at(-1) ?? "",
        },
      },
    ],
  });
  const files: (readonly [string, Uint8Array])[] = [
    ["oci-layout", json({ imageLayoutVersion: "1.0.0" })],
    ["index.json", index],
    ...[image.manifest, ...image.blobs].map((b) => [`blobs/sha256/${b.digest.slice(7)}`, b.bytes] as const),
  ];
  return packTar(
    files.map(([path, bytes]) => ({
      header: { name: path, size: bytes.length, type: "file" as const, mode: 0o644, mtime: new Date(0) },
      body: bytes,
    })),
  );
}
