import type { Choosable } from "./choose-packages.ts";
import { fieldOf, parseStanza, type Stanza } from "./debian-stanza.ts";
import { relationsOf, sourceOf } from "./dpkg-database.ts";
import { checkFile, type FetchFile, joinUrl, linesOf } from "./fetch-file.ts";
import { verifyClearsigned } from "./openpgp-clearsigned.ts";
import { type OpenPgpKey, readKeyring } from "./openpgp-keys.ts";
import { PatchError } from "./patch-error.ts";
import type { LoadedRepository } from "./repositories.ts";

/** A binary package that a verified index offers. */
export interface OfferedPackage extends Choosable {
  readonly stanza: Stanza;
  readonly url: string;
  readonly size: number;
  readonly sha256: string;
  /** `bookworm-security/main` */
  readonly origin: string;
}

export interface AptIndexOptions {
  readonly repository: LoadedRepository;
  readonly architecture: string;
  /** Only packages of these names are kept. */
  readonly names: ReadonlySet<string>;
  readonly fetch: FetchFile;
  readonly now: number;
}

const releaseLimit = 8 << 20;
const indexLimit = { packed: 64 << 20, plain: 512 << 20 };
const packageLimit = 256 << 20;

/** What a repository offers of these packages: every InRelease signed by the keyring, every index by its hash in it. */
export async function readAptIndex(options: AptIndexOptions): Promise<OfferedPackage[]> {
  const found: OfferedPackage[] = [];
  const keys = options.repository.keys.flatMap(({ bytes }) => readKeyring(bytes));
  for (const suite of options.repository.suites) found.push(...(await readSuite(options, suite, keys)));
  return found;
}

async function readSuite(
  options: AptIndexOptions,
  suite: string,
  keys: readonly OpenPgpKey[],
): Promise<OfferedPackage[]> {
  const { repository, fetch, now, architecture } = options;
  const base = joinUrl(repository.url, `dists/${suite}`);
  const what = `${base}/InRelease`;
  const message = (await fetch(what, releaseLimit)).toString("utf8");
  const release = parseStanza(verifyClearsigned(message, keys, what, now), what);
  // Another suite's index, signed by the same key, must not stand in for this one's.
  if (fieldOf(release, "codename") !== suite && fieldOf(release, "suite") !== suite)
    throw new PatchError("unverified", `${what}: it is that of ${fieldOf(release, "codename") ?? "another suite"}`);
  const until = Date.parse(fieldOf(release, "valid-until") ?? "");
  if (!Number.isNaN(until) && until < now && repository.allowExpired !== true)
    throw new PatchError(
      "unverified",
      `${what}: it was valid until ${new Date(until).toISOString()} (a mirror that stands still?)`,
    );
  const files = new Map<string, { readonly sha256: string; readonly size: number }>();
  for (const line of (fieldOf(release, "sha256") ?? "").split("\n")) {
    const [, sha256, size, path] = /^\s*([0-9a-f]{64})\s+(\d{1,12})\s+(\S+)$/.exec(line) ?? [];
    if (sha256 !== undefined && path !== undefined) files.set(path, { sha256, size: Number(size) });
  }
  const byHash = fieldOf(release, "acquire-by-hash") === "yes";
  const found: OfferedPackage[] = [];
  for (const component of repository.components) {
    const bytes = await packagesFile(base, `${component}/binary-${architecture}`, files, byHash, fetch);
    if (bytes !== undefined) found.push(...(await offered(bytes, options, `${suite}/${component}`)));
  }
  return found;
}

/** The first form that the mirror has, of those that the signed file names. */
async function packagesFile(
  base: string,
  folder: string,
  files: ReadonlyMap<string, { readonly sha256: string; readonly size: number }>,
  byHash: boolean,
  fetch: FetchFile,
): Promise<Buffer | undefined> {
  let missing: unknown;
  for (const name of ["Packages.gz", "Packages.xz", "Packages"]) {
    const file = files.get(`${folder}/${name}`);
    if (file === undefined) continue;
    const limit = name === "Packages" ? indexLimit.plain : indexLimit.packed;
    // A mirror that is being brought up to date still has the file under its hash.
    for (const path of [...(byHash ? [`${folder}/by-hash/SHA256/${file.sha256}`] : []), `${folder}/${name}`])
      try {
        const url = joinUrl(base, path);
        return checkFile(await fetch(url, Math.min(limit, file.size)), file.size, file.sha256, url);
      } catch (error) {
        if (!(error instanceof PatchError) || error.code !== "absent") throw error;
        missing = error;
      }
  }
  if (missing !== undefined) throw missing;
  return undefined;
}

async function offered(
  bytes: Buffer,
  { repository, names, architecture }: AptIndexOptions,
  origin: string,
): Promise<OfferedPackage[]> {
  const found: OfferedPackage[] = [];
  let lines: string[] = [];
  let wanted = false;
  const finish = (): void => {
    const part = lines;
    lines = [];
    if (!wanted) return;
    wanted = false;
    const stanza = parseStanza(part.join("\n"), origin);
    const field = (name: string): string => fieldOf(stanza, name) ?? "";
    const path = field("filename");
    const sha256 = field("sha256");
    const size = Number(field("size"));
    const own = field("architecture");
    if (own !== architecture && own !== "all") return;
    if (!/^[0-9a-f]{64}$/.test(sha256) || !/^[A-Za-z0-9]/.test(path) || path.includes("..")) return;
    if (!Number.isSafeInteger(size) || size > packageLimit) return;
    const url = joinUrl(repository.url, path.split("/").map(encodeURIComponent).join("/"));
    found.push({
      name: field("package"),
      version: field("version"),
      architecture: own,
      source: sourceOf(stanza),
      ...relationsOf(stanza),
      stanza,
      url,
      size,
      sha256,
      origin,
    });
  };
  for await (const line of linesOf(bytes, indexLimit.plain, origin)) {
    if (line === "") finish();
    else {
      if (line.startsWith("Package: ")) wanted = names.has(line.slice(9).trim());
      lines.push(line);
    }
  }
  finish();
  return found;
}
