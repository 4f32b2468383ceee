import { unpacked } from "../compression/unpack.ts";
import { type ApkKeys, verifiedRest } from "./apk-signature.ts";
import { type ApkFields, apkFields, apkPackageOf } from "./apk-stanza.ts";
import type { Choosable } from "./choose-packages.ts";
import { type FetchFile, joinUrl } from "./fetch-file.ts";
import { PatchError } from "./patch-error.ts";
import { readTar } from "./read-tar.ts";
import type { LoadedRepository } from "./repositories.ts";

/** A package that a verified index of Alpine's offers. */
export interface OfferedApk extends Choosable {
  readonly fields: ApkFields;
  /** Of its control archive, as the index has it: `Q1…` is SHA-1, `Q2…` SHA-256, in base64. */
  readonly checksum: string;
  readonly url: string;
  readonly size: number;
  /** `v3.22/main` */
  readonly origin: string;
  /** Who may have signed it: the keys of its index. */
  readonly keys: ApkKeys;
}

export interface ApkIndexOptions {
  readonly repository: LoadedRepository;
  readonly keys: ApkKeys;
  /** Those that the image's own list names; undefined: all. */
  readonly components?: ReadonlySet<string>;
  readonly architecture: string;
  readonly names: ReadonlySet<string>;
  readonly fetch: FetchFile;
}

const packedLimit = 64 << 20;
const bounds = { entries: 64, bytes: 256 << 20 };
const packageLimit = 256 << 20;

/** What a repository offers of these packages, from indexes whose signature one of its keys made. */
export async function readApkIndex(options: ApkIndexOptions): Promise<OfferedApk[]> {
  const found: OfferedApk[] = [];
  const { repository, components } = options;
  for (const suite of repository.suites)
    for (const component of repository.components)
      if (components === undefined || components.has(component))
        found.push(...(await readComponent(options, `${suite}/${component}`)));
  return found;
}

async function readComponent(
  { repository, keys, architecture, names, fetch }: ApkIndexOptions,
  origin: string,
): Promise<OfferedApk[]> {
  const base = joinUrl(repository.url, `${origin}/${architecture}`);
  const what = `${base}/APKINDEX.tar.gz`;
  const rest = await verifiedRest(await fetch(what, packedLimit), keys, (signed) => signed, what);
  async function* once(): AsyncGenerator<Uint8Array> {
    yield rest;
  }
  const entries = await readTar(unpacked(once(), { bytes: bounds.bytes + (1 << 20), dictionary: 0 }), bounds, what);
  const index = entries.find(({ entry }) => entry.path === "APKINDEX");
  if (index === undefined) throw new PatchError("malformed", `${what}: no index in it`);
  const found: OfferedApk[] = [];
  for (const text of index.content.toString("utf8").split("\n\n")) {
    const named = /^P:(.*)$/m.exec(text)?.[1];
    if (named === undefined || !names.has(named)) continue;
    const fields = apkFields(text.split("\n"));
    const one = apkPackageOf(fields);
    const checksum = fields.get("C") ?? "";
    const size = Number(fields.get("S"));
    if (one === undefined || (one.architecture !== architecture && one.architecture !== "noarch")) continue;
    if (!/^(?:Q1[A-Za-z0-9+/]{27}=|Q2[A-Za-z0-9+/]{43}=)$/.test(checksum)) continue;
    if (!Number.isSafeInteger(size) || size <= 0 || size > packageLimit) continue;
    const url = joinUrl(base, encodeURIComponent(`${one.name}-${one.version}.apk`));
    found.push({ ...one, fields, checksum, url, size, origin, keys });
  }
  return found;
}
