import type { FoundPackage, OwnedFiles } from "./declaration.ts";
import { word } from "./declaration.ts";
import { PackageError } from "./package-error.ts";

/** Tags of rpm's header that say what a package is (rpmtag.h). */
const tag = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  arch: 1022,
  oldFileNames: 1027,
  sourceRpm: 1044,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  modularityLabel: 5096,
} as const;

const int32 = 4;
const string = 6;
const stringArray = 8;
const i18nString = 9;
const entryLimit = 0xffff;
const filesLimit = 1_000_000;

const bad = (what: string): PackageError => new PackageError("malformed", `rpm header: ${what}`);

/** One package of an rpm database. `undefined`: an imported key, which rpm keeps as a package. */
export function parseRpmHeader(blob: Buffer): { readonly found: FoundPackage; readonly owned: OwnedFiles } | undefined {
  if (blob.length < 8) throw bad("too short");
  const count = blob.readUInt32BE(0);
  const dataLength = blob.readUInt32BE(4);
  if (count > entryLimit) throw bad(`${count} entries`);
  const start = 8 + count * 16;
  if (start + dataLength > blob.length) throw bad("longer than its blob");
  const data = blob.subarray(start, start + dataLength);
  const entries = new Map<number, { type: number; offset: number; count: number }>();
  for (let i = 0; i < count; i++) {
    const at = 8 + i * 16;
    const id = blob.readUInt32BE(at);
    if (!entries.has(id))
      entries.set(id, {
        type: blob.readUInt32BE(at + 4),
        offset: blob.readUInt32BE(at + 8),
        count: blob.readUInt32BE(at + 12),
      });
  }

  function strings(id: number): string[] {
    const entry = entries.get(id);
    if (entry === undefined) return [];
    if (entry.type !== string && entry.type !== stringArray && entry.type !== i18nString)
      throw bad(`tag ${id} is no text`);
    const wanted = entry.type === string ? 1 : entry.count;
    if (wanted > filesLimit) throw new PackageError("limit", `rpm header: tag ${id} has ${wanted} texts`);
    const result: string[] = [];
    let at = entry.offset;
    for (let i = 0; i < wanted; i++) {
      const end = at < data.length ? data.indexOf(0, at) : -1;
      if (end < 0) throw bad(`tag ${id} runs out of the header`);
      result.push(data.toString("utf8", at, end));
      at = end + 1;
    }
    return result;
  }

  function numbers(id: number): number[] {
    const entry = entries.get(id);
    if (entry === undefined) return [];
    if (entry.type !== int32) throw bad(`tag ${id} is no number`);
    if (entry.count > filesLimit) throw new PackageError("limit", `rpm header: tag ${id} has ${entry.count} numbers`);
    if (entry.offset + entry.count * 4 > data.length) throw bad(`tag ${id} runs out of the header`);
    return Array.from({ length: entry.count }, (_, i) => data.readUInt32BE(entry.offset + i * 4));
  }

  const one = (id: number): string | undefined => word(strings(id)[0]);
  const name = one(tag.name);
  const version = one(tag.version);
  const release = one(tag.release);
  if (name === undefined || version === undefined || release === undefined) throw bad("no name, version or release");
  if (name === "gpg-pubkey") return undefined;
  const epoch = numbers(tag.epoch)[0];
  const architecture = one(tag.arch);
  const vendor = one(tag.vendor);
  const sourceRpm = one(tag.sourceRpm);
  const modularity = one(tag.modularityLabel);
  const source = sourceRpm === undefined ? undefined : sourceOf(sourceRpm);
  const folders = strings(tag.dirNames);
  const folderOf = numbers(tag.dirIndexes);
  const baseNames = strings(tag.baseNames);
  const files =
    baseNames.length > 0
      ? baseNames.map((base, i) => `${folders[folderOf[i] ?? -1] ?? ""}${base}`)
      : strings(tag.oldFileNames);
  return {
    found: {
      ecosystem: "rpm",
      name,
      version: `${epoch === undefined ? "" : `${epoch}:`}${version}-${release}`,
      ...(source === undefined ? {} : { source }),
      ...(architecture === undefined ? {} : { architecture }),
      ...(vendor === undefined ? {} : { vendor }),
      ...(modularity === undefined ? {} : { modularity }),
    },
    owned: { owner: name, files },
  };
}

/** `bash-5.2.26-3.fc40.src.rpm`: name, version, release. */
function sourceOf(file: string): { readonly name: string; readonly version?: string } | undefined {
  const match = /^(.+)-([^-]+)-([^-]+)\.(?:no)?src\.rpm$/.exec(file);
  if (match === null || match[1] === undefined) return undefined;
  return { name: match[1], version: `${match[2]}-${match[3]}` };
}
