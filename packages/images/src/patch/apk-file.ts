import { createHash } from "node:crypto";
import { unpacked } from "../compression/unpack.ts";
import type { OfferedApk } from "./apk-index.ts";
import { verifiedRest } from "./apk-signature.ts";
import { firstMember } from "./gzip-member.ts";
import { PatchError } from "./patch-error.ts";
import { type PackedEntry, readTar } from "./read-tar.ts";

/** An Alpine package, checked and taken apart. */
export interface ApkFile {
  /** `.PKGINFO`: fields that may occur several times. */
  readonly info: ReadonlyMap<string, readonly string[]>;
  /** `pre-upgrade`, `post-upgrade`, `trigger` … */
  readonly scripts: ReadonlyMap<string, Buffer>;
  /** What it brings, in its order. */
  readonly entries: readonly PackedEntry[];
  /** Of the whole package, for whoever reads what was put on. */
  readonly sha256: string;
}

const controlBounds = { entries: 1000, bytes: 16 << 20 };
const dataBounds = { entries: 200_000, bytes: 512 << 20 };

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const digest = (algorithm: "sha1" | "sha256", bytes: Buffer, form: "base64" | "hex"): string =>
  createHash(algorithm).update(bytes).digest(form);

/**
 * Takes a package apart: its control archive by its own signature and the index's checksum, its files by the hash that the
 * control archive names. Throws PatchError, LayerError and CompressionError.
 */
export async function readApk(bytes: Buffer, offered: OfferedApk): Promise<ApkFile> {
  const what = offered.url;
  const unverified = (why: string): PatchError => new PatchError("unverified", `${what}: ${why}`);
  if (bytes.toString("latin1", 0, 3) === "ADB")
    throw new PatchError("unsupported", `${what}: a package of apk's third form`);
  if (bytes.length !== offered.size) throw unverified(`it has ${bytes.length} bytes, the index says ${offered.size}`);
  const control = (rest: Buffer): ReturnType<typeof firstMember> => firstMember(rest, controlBounds.bytes, what);
  const rest = await verifiedRest(bytes, offered.keys, (signed) => control(signed).packed, what);
  const { packed, plain, rest: data } = control(rest);
  const own = offered.checksum.startsWith("Q2")
    ? `Q2${digest("sha256", packed, "base64")}`
    : `Q1${digest("sha1", packed, "base64")}`;
  if (own !== offered.checksum) throw unverified("its control archive is not the one that the index names");
  const scripts = new Map<string, Buffer>();
  let info: Map<string, string[]> | undefined;
  for (const { entry, content } of await readTar(once(plain), controlBounds, what)) {
    if (entry.type !== "file" || !entry.path.startsWith(".")) continue;
    if (entry.path === ".PKGINFO") info = parseInfo(content.toString("utf8"));
    else scripts.set(entry.path.slice(1), content);
  }
  if (info === undefined) throw new PatchError("malformed", `${what}: no .PKGINFO in it`);
  for (const [field, want] of [
    ["pkgname", offered.name],
    ["pkgver", offered.version],
    ["arch", offered.architecture],
  ] as const)
    if (info.get(field)?.[0] !== want) throw unverified(`its own ${field} is not what the index names`);
  if (info.get("datahash")?.[0] !== digest("sha256", data, "hex"))
    throw unverified("its files are not those that its control archive names");
  const limits = { bytes: dataBounds.bytes + (dataBounds.entries << 10), dictionary: 0 };
  const entries = await readTar(unpacked(once(data), limits), dataBounds, what);
  return {
    info,
    scripts,
    entries: entries.filter(({ entry }) => entry.path !== "" && !entry.path.startsWith(".")),
    sha256: digest("sha256", bytes, "hex"),
  };
}

function parseInfo(text: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  return fields;
}
