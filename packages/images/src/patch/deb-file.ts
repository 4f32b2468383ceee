import { unpacked } from "../compression/unpack.ts";
import { PatchError } from "./patch-error.ts";
import { type PackedEntry, readTar } from "./read-tar.ts";

/** A Debian package, taken apart (deb(5)). */
export interface DebFile {
  /** Files of its control archive by name: `control`, `md5sums`, `conffiles`, `postinst` … */
  readonly control: ReadonlyMap<string, PackedEntry>;
  /** What it brings, in its order; the root itself left out. */
  readonly entries: readonly PackedEntry[];
}

const dictionary = 128 << 20;
const controlBounds = { entries: 1000, bytes: 16 << 20 };
const dataBounds = { entries: 200_000, bytes: 512 << 20 };

const bad = (what: string, why: string): PatchError => new PatchError("malformed", `${what}: ${why}`);

/** The members of an `ar` archive. */
function members(bytes: Buffer, what: string): Map<string, Buffer> {
  if (bytes.toString("latin1", 0, 8) !== "!<arch>\n") throw bad(what, "no Debian package");
  const found = new Map<string, Buffer>();
  for (let at = 8; at + 60 <= bytes.length; ) {
    const name = bytes
      .toString("latin1", at, at + 16)
      .trimEnd()
      .replace(/\/$/, "");
    const size = bytes.toString("latin1", at + 48, at + 58).trimEnd();
    if (!/^\d{1,10}$/.test(size) || bytes.toString("latin1", at + 58, at + 60) !== "`\n")
      throw bad(what, "a damaged archive");
    const from = at + 60;
    const to = from + Number(size);
    if (to > bytes.length || found.has(name)) throw bad(what, "a damaged archive");
    found.set(name, bytes.subarray(from, to));
    at = to + (to % 2);
  }
  return found;
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Takes a package apart. Throws PatchError, LayerError and CompressionError. */
export async function readDeb(bytes: Buffer, what: string): Promise<DebFile> {
  const parts = members(bytes, what);
  if (!/^2\.\d+\n/.test(parts.get("debian-binary")?.toString("latin1") ?? ""))
    throw bad(what, "a package of no known form");
  const archive = async (name: "control" | "data", bounds: typeof dataBounds): Promise<PackedEntry[]> => {
    const found = [...parts].filter(([member]) => member === `${name}.tar` || member.startsWith(`${name}.tar.`));
    const [first] = found;
    if (first === undefined || found.length > 1) throw bad(what, `not one ${name} archive`);
    return readTar(
      unpacked(once(first[1]), { bytes: bounds.bytes + (bounds.entries << 10), dictionary }),
      bounds,
      what,
    );
  };
  const control = new Map(
    (await archive("control", controlBounds))
      .filter(({ entry }) => entry.type === "file" && !entry.path.includes("/"))
      .map((packed) => [packed.entry.path, packed]),
  );
  if (!control.has("control")) throw bad(what, "a package without control file");
  return { control, entries: (await archive("data", dataBounds)).filter(({ entry }) => entry.path !== "") };
}
