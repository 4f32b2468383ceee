import { chmod, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import {
  formatManifest,
  manifestFile,
  type ReleaseFile,
  type ReleaseManifest,
  releaseName,
  sha512Of,
} from "./release-manifest.ts";

/** Every plain file below a folder, by its path there, in the order of its bytes. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** The manifest of a folder that holds all that a release is to hold. */
export async function describeRelease(
  folder: string,
  about: Pick<ReleaseManifest, "version" | "schema" | "node">,
): Promise<ReleaseManifest> {
  const files: ReleaseFile[] = [];
  for (const path of await filesBelow(folder)) {
    if (path === manifestFile) continue;
    const bytes = await readFile(join(folder, path));
    const { mode } = await stat(join(folder, path));
    files.push({ path, size: bytes.length, sha512: sha512Of(bytes), executable: (mode & 0o100) !== 0 });
  }
  return { format: 1, name: releaseName, version: about.version, schema: about.schema, node: about.node, files };
}

const compress = promisify(gzip);

/**
 * A folder and its manifest as npm packs a package: gzip around ustar, all below `package/`, the manifest first. Nothing
 * of when, where or by whom it was packed is in it: the same files give the same bytes.
 */
export async function packRelease(folder: string, manifest: ReleaseManifest, level = 9): Promise<Buffer> {
  const described = formatManifest(manifest);
  const parts: Buffer[] = [header(manifestFile, described.length, false), padded(described)];
  for (const { path, size, executable } of manifest.files) {
    const bytes = await readFile(join(folder, path));
    parts.push(header(path, size, executable), padded(bytes));
  }
  return compress(Buffer.concat([...parts, Buffer.alloc(1024)]), { level });
}

const padded = (bytes: Buffer): Buffer =>
  bytes.length % 512 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(512 - (bytes.length % 512))]);

/** npm gives every entry this time, so that archives can be compared. */
const mtime = Date.UTC(1985, 9, 26, 8, 15) / 1000;

function header(path: string, size: number, executable: boolean): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): number =>
    block.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
  const [name, prefix] = split(`package/${path}`);
  block.write(name, 0, "latin1");
  octal(executable ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(mtime, 136, 12);
  block.write("0", 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write(prefix, 345, "latin1");
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Name and prefix of ustar: 100 and 155 bytes, parted at a slash. */
function split(path: string): readonly [name: string, prefix: string] {
  if (path.length <= 100) return [path, ""];
  const at = path.indexOf("/", path.length - 101);
  if (at < 0 || at > 155) throw new RangeError(`${path} is too long for an archive`);
  return [path.slice(at + 1), path.slice(0, at)];
}

/** Gives a release's own files their modes: what is executable stays so, whatever the umask was. */
export const setMode = (path: string, executable: boolean): Promise<void> => chmod(path, executable ? 0o755 : 0o644);
