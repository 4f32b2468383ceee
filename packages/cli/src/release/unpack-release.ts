import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, createReadStream, mkdirSync, openSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  carriedNode,
  formatManifest,
  manifestFile,
  mustRun,
  parseManifest,
  placeOf,
  ReleaseError,
  type ReleaseFile,
  type ReleaseManifest,
  releaseLimits,
  setMode,
  sha512Of,
} from "@bulkhead/host";
import { CompressionError, createTarReader, LayerError, type TarEntry, unpacked } from "@bulkhead/images";

/** What an archive held, unpacked into a folder that only root may write. */
export interface UnpackedRelease {
  readonly manifest: ReleaseManifest;
  /** Digest of the manifest as it stands in the folder. */
  readonly manifestDigest: string;
}

const prefix = "package/";

/**
 * Unpacks an archive into a folder that must not exist. What it may write is said by its first file, the manifest: nothing
 * is written that is not listed there with this size, and nothing stays whose digest differs. No link, device or folder is
 * taken, no name that leads elsewhere. Another machine's Node is left out. Throws ReleaseError, and then nothing is left.
 */
export async function unpackRelease(archive: string, folder: string): Promise<UnpackedRelease> {
  const taking = new Taking(folder);
  try {
    mkdirSync(folder, { mode: 0o755 });
    const reader = createTarReader(taking, { entries: releaseLimits.files + 1, pathBytes: releaseLimits.path });
    const limits = { bytes: 2 * releaseLimits.unpacked, dictionary: 1 << 20 };
    let seen = 0;
    for await (const piece of unpacked(createReadStream(archive, { highWaterMark: 1 << 20 }), limits)) {
      reader.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
      seen += piece.length;
      if (seen > taking.expected)
        throw new ReleaseError("too-large", "the archive unpacks to more than its manifest lists");
    }
    reader.finish();
    const done = taking.done();
    for (const { path, executable } of done.manifest.files) {
      const place = placeOf(path);
      if (place !== undefined) await setMode(join(folder, place), executable);
    }
    // All of it at once: hundreds of files, each on its own, would wait for the disk as often.
    await mustRun(["sync", "--file-system", folder]);
    return done;
  } catch (error) {
    taking.abandon();
    await rm(folder, { recursive: true, force: true });
    if (error instanceof LayerError || error instanceof CompressionError)
      throw new ReleaseError("unreadable", `${archive} is no archive that can be read: ${error.message}`, error);
    throw error;
  }
}

interface Open {
  readonly file: ReleaseFile;
  readonly hash: Hash;
  /** Absent: its bytes are looked at and not kept. */
  readonly descriptor: number | undefined;
}

/** Takes an archive's entries one after another. */
class Taking {
  readonly #folder: string;
  readonly #left = new Map<string, ReleaseFile>();
  #manifest: UnpackedRelease | undefined;
  #manifestBytes: Buffer[] | undefined;
  #open: Open | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes that the whole may have: headers, padding and one more piece of what unpacks it. */
  get expected(): number {
    const slack = 1 << 20;
    const files = this.#manifest?.manifest.files ?? [];
    return files.reduce((sum, { size }) => sum + size + 1024, releaseLimits.manifest + slack);
  }

  entry(entry: TarEntry): boolean {
    const { path: name, type, size } = entry;
    if (type !== "file")
      throw new ReleaseError("forbidden-entry", `the archive holds a ${type}, ${name}: a release is plain files alone`);
    const path = name.slice(prefix.length);
    if (this.#manifest === undefined) {
      if (name !== prefix + manifestFile)
        throw new ReleaseError("not-a-release", `the archive does not begin with ${prefix}${manifestFile}`);
      if (size > releaseLimits.manifest)
        throw new ReleaseError("too-large", `${manifestFile} has more than ${releaseLimits.manifest} bytes`);
      this.#manifestBytes = [];
      // An empty entry has no bytes and no end of its own.
      return true;
    }
    const file = name.startsWith(prefix) ? this.#left.get(path) : undefined;
    if (file === undefined)
      throw new ReleaseError("unlisted-file", `the archive holds ${name}, which its manifest does not list, or twice`);
    if (file.size !== size) throw new ReleaseError("altered-file", `${path} has ${size} bytes, not ${file.size}`);
    this.#left.delete(path);
    const place = placeOf(path);
    this.#open = {
      file,
      hash: createHash("sha512"),
      descriptor: place === undefined ? undefined : this.#create(place),
    };
    return true;
  }

  #create(place: string): number {
    const at = join(this.#folder, place);
    mkdirSync(dirname(at), { recursive: true, mode: 0o755 });
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    return openSync(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  }

  data(bytes: Buffer): void {
    if (this.#manifestBytes !== undefined) {
      this.#manifestBytes.push(Buffer.from(bytes));
      return;
    }
    if (this.#open === undefined) return;
    this.#open.hash.update(bytes);
    if (this.#open.descriptor === undefined) return;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#open.descriptor, bytes, at);
  }

  end(): void {
    if (this.#manifestBytes !== undefined) {
      const manifest = parseManifest(Buffer.concat(this.#manifestBytes));
      this.#manifestBytes = undefined;
      if (!manifest.node.architectures.includes(process.arch) || !manifest.files.some(isOurNode))
        throw new ReleaseError(
          "other-architecture",
          `this release carries Node for ${manifest.node.architectures.join(", ")}; this machine is ${process.arch}`,
        );
      const bytes = formatManifest(manifest);
      const descriptor = this.#create(manifestFile);
      writeSync(descriptor, bytes);
      closeSync(descriptor);
      this.#manifest = { manifest, manifestDigest: sha512Of(bytes) };
      for (const file of manifest.files) this.#left.set(file.path, file);
      return;
    }
    if (this.#open === undefined) return;
    const { file, hash, descriptor } = this.#open;
    this.#open = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
    if (hash.digest("hex") !== file.sha512)
      throw new ReleaseError("altered-file", `${file.path} is not what the manifest says of it`);
  }

  done(): UnpackedRelease {
    if (this.#manifest === undefined) throw new ReleaseError("not-a-release", "the archive holds no manifest");
    const [missing] = this.#left.keys();
    if (missing !== undefined) throw new ReleaseError("missing-file", `the archive lacks ${missing}`);
    return this.#manifest;
  }

  abandon(): void {
    if (this.#open?.descriptor !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }
}

const isOurNode = ({ path }: ReleaseFile): boolean => path === carriedNode(process.arch);
