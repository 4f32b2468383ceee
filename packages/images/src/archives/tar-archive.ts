import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { layerBytes } from "./file-bytes.ts";
import { fieldsOf, parseImageConfig, parseJson } from "./image-config.ts";
import type { ImageSource, SourceImage } from "./image-source.ts";
import { type BlobStore, imageFromManifest } from "./manifest-image.ts";
import { chooseFromLayout, readBounded } from "./oci-layout.ts";
import { type AheadReaders, createAheadReaders } from "./read-ahead.ts";
import { SourceError } from "./source-error.ts";
import { indexTar, type TarPlace } from "./tar-index.ts";

const jsonLimit = 8 << 20;
const unpackedLimit = 64 * 2 ** 30;

/** An archive compressed as a whole is unpacked into a temporary file: what lies in it is asked for out of order. */
async function unpackedFile(
  path: string,
): Promise<{ readonly file: FileHandle; readonly discard: () => Promise<void> }> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw new SourceError("absent", `${path} cannot be opened`, error);
  }
  const first = Buffer.alloc(4);
  await file.read(first, 0, 4, 0);
  const gzip = first[0] === 0x1f && first[1] === 0x8b;
  const zstd = first.readUInt32LE(0) === 0xfd2fb528;
  if (!gzip && !zstd) return { file, discard: () => file.close() };
  await file.close();
  const folder = await mkdtemp(join(tmpdir(), "bulkhead-archive-"));
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const target = join(folder, randomUUID());
  let size = 0;
  const bound = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length;
      if (size > unpackedLimit) done(new SourceError("limit", `${path}: more than ${unpackedLimit} bytes unpacked`));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(
      createReadStream(path),
      gzip ? createGunzip() : createZstdDecompress(),
      bound,
      createWriteStream(target, { mode: 0o600 }),
    );
    const unpacked = await open(target, "r");
    return {
      file: unpacked,
      async discard() {
        await unpacked.close();
        await discard();
      },
    };
  } catch (error) {
    await discard();
    if (error instanceof SourceError) throw error;
    throw new SourceError("malformed", `${path}: it does not unpack`, error);
  }
}

/**
 * `docker save` of any age, or an OCI layout in a tar; either may be compressed. `reference`: which of several. `readers`: where
 * somebody has prepared them; they are closed with the archive.
 */
export async function openTarArchive(
  path: string,
  reference?: string,
  readers: AheadReaders = createAheadReaders(),
): Promise<ImageSource> {
  const { file, discard } = await unpackedFile(path);
  try {
    const find = await indexTar(file, path);
    const read = (place: TarPlace): Promise<Buffer> => readBounded(file, place.offset, place.size, jsonLimit, path);
    const missing = (what: string): SourceError => new SourceError("malformed", `${path}: ${what} is not in it`);
    const index = find("index.json");
    const list = find("manifest.json");
    if (index === undefined && list === undefined)
      throw new SourceError("malformed", `${path}: neither index.json nor manifest.json in it: is it an image?`);
    const placeOf = (digest: string): TarPlace => {
      const place = find(`blobs/sha256/${digest.slice("sha256:".length)}`);
      if (place === undefined) throw missing(digest);
      return place;
    };
    const store: BlobStore = {
      async read(digest, limit) {
        const { offset, size } = placeOf(digest);
        return readBounded(file, offset, size, limit, path);
      },
      open(digest) {
        const { offset, size } = placeOf(digest);
        return layerBytes(file, offset, size, path, readers);
      },
    };

    /** The form before OCI layouts: layers named by path, their digests known from the configuration alone. */
    async function dockerImage(place: TarPlace): Promise<SourceImage> {
      const images = parseJson(await read(place), `${path}: manifest.json`);
      const all = Array.isArray(images) ? (images as unknown[]).map(fieldsOf) : [];
      const tagsOf = (image: (typeof all)[number]): unknown[] =>
        Array.isArray(image["RepoTags"]) ? image["RepoTags"] : [];
      const fitting = reference === undefined ? all : all.filter((image) => tagsOf(image).includes(reference));
      const [image] = fitting;
      if (image === undefined)
        throw new SourceError(
          "absent",
          `${path}: no image${reference === undefined ? "" : ` named ${reference}`} in it`,
        );
      if (fitting.length > 1)
        throw new SourceError(
          "absent",
          `${path}: ${all.length} images in it; say which, after a #: ${all
            .map((i) => String(tagsOf(i)[0]))
            .slice(0, 10)
            .join(", ")}`,
        );
      const configPlace = typeof image["Config"] === "string" ? find(image["Config"]) : undefined;
      if (configPlace === undefined) throw missing("the configuration");
      const bytes = await read(configPlace);
      const config = parseImageConfig(bytes, `${path}: its configuration`);
      const layers: unknown[] = Array.isArray(image["Layers"]) ? image["Layers"] : [];
      if (layers.length !== config.diffIds.length)
        throw new SourceError(
          "malformed",
          `${path}: ${layers.length} layers, but its configuration knows ${config.diffIds.length}`,
        );
      const tag = tagsOf(image)[0];
      return {
        name: typeof tag === "string" ? tag : path,
        configDigest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
        config,
        layers: layers.map((layer, i) => {
          const at = typeof layer === "string" ? find(layer) : undefined;
          if (at === undefined) throw missing(`layer ${i + 1}`);
          return { diffId: config.diffIds[i] ?? "", open: () => layerBytes(file, at.offset, at.size, path, readers) };
        }),
      };
    }

    return {
      async image(platform) {
        if (index !== undefined && (list === undefined || find("oci-layout") !== undefined))
          return imageFromManifest(
            store,
            chooseFromLayout(await read(index), reference, path, platform),
            path,
            platform,
          );
        if (list === undefined) throw missing("manifest.json");
        return dockerImage(list);
      },
      close() {
        readers.close();
        return discard();
      },
    };
  } catch (error) {
    await discard();
    throw error;
  }
}
