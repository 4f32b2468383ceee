import { chmod, copyFile, mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Progress } from "../progress.ts";
import { mustRun, run } from "../run.ts";
import { DebianArchive, machineSuite } from "./debian-archive.ts";
import { type Architecture, architectureOf, libraryPackages, type PartPackage, partPackages } from "./part-list.ts";
import { type PartNeed, readNeeds } from "./part-needs.ts";

/** A part as it was brought: what it is, where it came from, what it says of itself. */
export interface InstalledPart {
  readonly name: string;
  readonly version: string;
  readonly suite: string;
  /** First line that its proof printed. */
  readonly says: string;
  /** The CVE identifiers that its Debian changelog names, newest revision first. */
  readonly changelogNames: readonly string[];
  /** What its package asks of other parts; absent: it was brought before that was looked at. */
  readonly needs?: readonly PartNeed[];
}

/** What stands in the parts folder; parts.json. */
export interface PartsManifest {
  readonly format: 1;
  /** Where they were made to lie: programs that bring their own C library name it by this path, and run nowhere else. */
  readonly directory: string;
  readonly parts: readonly InstalledPart[];
  /** True where a part could only be had from the machine's own, older release. */
  readonly fellBack: boolean;
}

export type PartsErrorCode = "unsupported-architecture" | "unreachable" | "does-not-run" | "too-old";

export class PartsError extends Error {
  readonly code: PartsErrorCode;
  constructor(code: PartsErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "PartsError";
    this.code = code;
  }
}

/** The manifest of a parts folder, or undefined where there is none whole. */
export async function readParts(directory: string): Promise<PartsManifest | undefined> {
  const text = await readFile(join(directory, "parts.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as PartsManifest);
}

/**
 * Brings our parts as private copies of Debian packages into `directory` (about 200 MB): the testing release first, for
 * its fixes; the machine's own release where that cannot be had or does not run. Whole or not at all: made beside and
 * renamed. A folder that is already whole is left alone; one that was copied or moved here from elsewhere is made anew.
 */
export async function installParts(directory: string, progress: Progress): Promise<PartsManifest> {
  const there = await readParts(directory);
  if (there !== undefined) {
    const [lies, made] = [await realpath(directory), await realpath(there.directory).catch(() => there.directory)];
    if (lies === made) return there;
    progress.note(`parts: these were made for ${there.directory} and run only there; making them anew`);
  }
  const architecture = architectureOf(process.arch);
  if (architecture === undefined)
    throw new PartsError("unsupported-architecture", `Bulkhead runs on x64 and arm64; this machine is ${process.arch}`);
  const { mirror, suite } = await machineSuite();
  const failures: unknown[] = [];
  for (const from of ["testing", "unstable", suite]) {
    const making = `${directory}.making`;
    await rm(making, { recursive: true, force: true });
    try {
      const manifest = await bring({ making, final: directory, mirror, own: suite, from, architecture, progress });
      await rm(directory, { recursive: true, force: true });
      await rename(making, directory);
      return manifest;
    } catch (error) {
      failures.push(error);
      progress.note(`Debian ${from}: ${error instanceof Error ? error.message : String(error)}`);
      await rm(making, { recursive: true, force: true });
    }
  }
  throw new PartsError(
    failures.every((f) => f instanceof PartsError && f.code === "does-not-run") ? "does-not-run" : "unreachable",
    `containerd 2 and runc could be brought neither from Debian testing or unstable nor from ${suite}: see above why. ` +
      `Check that ${mirror} is reachable and current (apt-get update), then run the same command again.`,
    failures[0],
  );
}

/**
 * Brings the parts of one suite into `making`, made to lie at `final` later; `making` is removed where that fails. Throws
 * PartsError, or CommandError where the mirror cannot be reached.
 */
export async function stageParts(
  making: string,
  final: string,
  from: string,
  progress: Progress,
): Promise<PartsManifest> {
  const architecture = architectureOf(process.arch);
  if (architecture === undefined)
    throw new PartsError("unsupported-architecture", `Bulkhead runs on x64 and arm64; this machine is ${process.arch}`);
  const { mirror, suite } = await machineSuite();
  await rm(making, { recursive: true, force: true });
  try {
    return await bring({ making, final, mirror, own: suite, from, architecture, progress });
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

interface Bring {
  readonly making: string;
  readonly final: string;
  readonly mirror: string;
  readonly own: string;
  readonly from: string;
  readonly architecture: Architecture;
  readonly progress: Progress;
}

async function bring(the: Bring): Promise<PartsManifest> {
  const { making, progress, architecture } = the;
  const scratch = `${making}.scratch`;
  await mkdir(making, { recursive: true, mode: 0o755 });
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  try {
    progress.step(`parts: reading what Debian ${the.from} has`);
    const archive = new DebianArchive(join(scratch, "apt"), the.mirror, the.from);
    const { security } = await archive.update();
    if (security === undefined && the.from !== "unstable")
      progress.note(`Debian ${the.from}-security could not be read: only what ${the.from} itself has is taken`);
    const wanted = [...partPackages, ...libraryPackages];
    progress.step(`parts: downloading ${wanted.map((p) => p.name).join(", ")}`);
    const unpacked = join(scratch, "unpacked");
    const offers = new Map((await archive.offers(wanted.map((p) => p.name))).map((o) => [o.name, o]));
    for (const part of wanted) {
      if (offers.has(part.name)) continue;
      if (part.required) throw new PartsError("unreachable", `Debian ${the.from} has no package ${part.name}`);
      progress.note(`${part.name}: Debian ${the.from} does not have it`);
    }
    await archive.unpack([...offers.keys()], unpacked);
    for (const part of wanted)
      if (offers.has(part.name)) await take(part, join(unpacked, part.name), making, architecture);
    await fitLibraries(the, scratch);
    const parts: InstalledPart[] = [];
    for (const part of partPackages) {
      const offer = offers.get(part.name);
      if (offer === undefined) continue;
      parts.push({
        ...offer,
        says: await prove(part, making),
        changelogNames: await changelogNames(join(unpacked, part.name), part.name),
        needs: readNeeds(
          await readFile(join(unpacked, part.name, "DEBIAN", "control"), "utf8"),
          partPackages.map(({ name }) => name),
        ),
      });
    }
    const manifest: PartsManifest = { format: 1, directory: the.final, parts, fellBack: the.from !== "testing" };
    await writeFile(
      join(making, "README"),
      "Private copies of Debian packages for one Bulkhead instance; see parts.json.\n",
    );
    await writeFile(join(making, "parts.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
    for (const part of parts) progress.note(`${part.name} ${part.version} (Debian ${part.suite})`);
    return manifest;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function take(part: PartPackage, from: string, to: string, architecture: Architecture): Promise<void> {
  const real = (path: string): string =>
    path.replace("TRIPLET", architecture.triplet).replace("LOADER", architecture.loader);
  for (const [source, target] of Object.entries(part.files)) {
    const into = join(to, real(target));
    await mkdir(dirname(into), { recursive: true, mode: 0o755 });
    await copyFile(await inPackage(from, real(source)), into);
    await chmod(into, 0o755);
  }
}

/** A file of an unpacked package. Older releases have libraries below /lib, which later ones merged into /usr/lib. */
const inPackage = (from: string, path: string): Promise<string> =>
  realpath(join(from, path)).catch(() => realpath(join(from, path.replace(/^usr\//, ""))));

/** The highest 2.x of the C library that a program's symbol versions name. */
function glibcWanted(bytes: Buffer): number {
  const mark = "GLIBC_2.";
  let highest = 0;
  for (let at = bytes.indexOf(mark, 0, "latin1"); at !== -1; at = bytes.indexOf(mark, at + mark.length, "latin1"))
    highest = Math.max(
      highest,
      Number.parseInt(bytes.toString("latin1", at + mark.length, at + mark.length + 3), 10) || 0,
    );
  return highest;
}

/** Points a program that wants a newer C library than the machine has at the unpacked one (patchelf of the machine's own release). */
async function fitLibraries(the: Bring, scratch: string): Promise<void> {
  const version = await run(["getconf", "GNU_LIBC_VERSION"]);
  const have = Number(/2\.(\d+)/.exec(version.stdout)?.[1] ?? 0);
  let patchelf: string | undefined;
  const toFit: string[] = [];
  for (const part of partPackages)
    for (const file of Object.values(part.files)) {
      const bytes = await readFile(join(the.making, file)).catch(() => undefined);
      if (bytes !== undefined && glibcWanted(bytes) > have) toFit.push(file);
    }
  for (const file of toFit) {
    if (patchelf === undefined) {
      the.progress.detail("patchelf");
      const own = new DebianArchive(join(scratch, "apt"), the.mirror, the.own);
      await own.update();
      await own.unpack(["patchelf"], join(scratch, "tools"));
      patchelf = join(scratch, "tools/patchelf/usr/bin/patchelf");
    }
    await mustRun([
      patchelf,
      "--set-interpreter",
      join(the.final, "lib", the.architecture.loader),
      "--set-rpath",
      join(the.final, "lib"),
      join(the.making, file),
    ]);
  }
}

async function prove(part: PartPackage, directory: string): Promise<string> {
  const [program, ...args] = part.proof ?? [];
  if (program === undefined) return "";
  // A fitted program names the loader at its final place, which does not exist yet: start it through the loader here.
  const direct = await run([join(directory, program), ...args]);
  const loader = architectureOf(process.arch)?.loader ?? "";
  const result =
    direct.code === 0
      ? direct
      : await run([
          join(directory, "lib", loader),
          "--library-path",
          join(directory, "lib"),
          join(directory, program),
          ...args,
        ]);
  if (result.code !== 0)
    throw new PartsError(
      "does-not-run",
      `${part.name} does not run here: ${result.stderr.trim().split("\n")[0] ?? ""}`,
    );
  const [, major] = /^containerd \S+ v?(\d+)\./.exec(result.stdout) ?? [];
  if (major !== undefined && Number(major) < 2)
    throw new PartsError("too-old", `its containerd is ${result.stdout.split(" ")[2]}; Bulkhead needs 2.0 or newer`);
  return ((result.stdout.trim() || result.stderr.trim()).split("\n")[0] ?? "").replace(`${directory}/`, "");
}

async function changelogNames(unpacked: string, name: string): Promise<string[]> {
  const { gunzipSync } = await import("node:zlib");
  for (const file of ["changelog.Debian.gz", "changelog.gz"]) {
    const bytes = await readFile(join(unpacked, "usr/share/doc", name, file)).catch(() => undefined);
    if (bytes === undefined) continue;
    return [
      ...new Set(
        gunzipSync(bytes, { maxOutputLength: 32 << 20 })
          .toString("utf8")
          .match(/CVE-\d{4}-\d{4,7}/g) ?? [],
      ),
    ];
  }
  return [];
}
