/**
 * Scans of a 100 MB and a 1 GB image, first and repeated, as an uncompressed docker archive and with gzipped layers: time
 * within the process, time of the whole process, CPU and peak memory. The images are this machine's own files with its
 * package database, filled up with random bytes where it has too few. `node bench/scan.ts [FOLDER]`: where to put them.
 */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { inTurns, report, round } from "./report.ts";

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "bulkhead-bench-scan-"));
/** As it is shipped: in one file. */
const one = join(folder, "scan-one.mjs");
const bundle = await rolldown({
  input: join(import.meta.dirname, "scan-one.ts"),
  platform: "node",
  logLevel: "silent",
});
await bundle.write({ file: one, format: "esm", codeSplitting: false });

/** Paths of real files below these, in an order that mixes programs, libraries and texts, until the size is reached. */
function realFiles(most: number): { readonly paths: string[]; readonly size: number } {
  const paths = ["etc/os-release", "usr/lib/os-release", "var/lib/dpkg/status"];
  let size = 0;
  const walk = (path: string): void => {
    for (const entry of readdirSync(join("/", path), { withFileTypes: true })) {
      if (size >= most) return;
      const at = `${path}/${entry.name}`;
      if (entry.isDirectory()) walk(at);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        if (entry.isFile()) size += statSync(join("/", at)).size;
        paths.push(at);
      }
    }
  };
  for (const path of [
    "var/lib/dpkg/info",
    "usr/bin",
    "usr/lib/python3",
    "usr/share/perl",
    "usr/lib",
    "usr/share",
    "opt",
  ])
    try {
      walk(path);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  return { paths: [...new Set(paths)], size };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return `sha256:${hash.digest("hex")}`;
}

/** An archive of `docker save`'s older form with one layer. */
async function makeArchive(name: string, size: number, gzip: boolean): Promise<string> {
  const home = join(folder, name);
  mkdirSync(home);
  const real = realFiles(size);
  writeFileSync(join(home, "list"), real.paths.join("\n"));
  const layer = join(home, "layer.tar");
  execFileSync("tar", ["-cf", layer, "-C", "/", "--no-recursion", "--ignore-failed-read", "-T", join(home, "list")], {
    stdio: "ignore",
  });
  if (real.size < size) {
    mkdirSync(join(home, "opt"));
    const file = openSync(join(home, "opt", "filler"), "w");
    for (let left = size - real.size; left > 0; left -= 8 << 20) writeSync(file, randomBytes(Math.min(left, 8 << 20)));
    closeSync(file);
    execFileSync("tar", ["-rf", layer, "-C", home, "opt/filler"]);
    rmSync(join(home, "opt"), { recursive: true });
  }
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    config: {},
    rootfs: { type: "layers", diff_ids: [await digestOf(layer)] },
  });
  writeFileSync(join(home, "config.json"), config);
  const layerName = gzip ? "layer.tar.gz" : "layer.tar";
  if (gzip) execFileSync("gzip", ["-6", layer]);
  writeFileSync(
    join(home, "manifest.json"),
    JSON.stringify([{ Config: "config.json", RepoTags: [`${name}:1`], Layers: [layerName] }]),
  );
  const archive = join(folder, `${name}.tar`);
  execFileSync("tar", ["-cf", archive, "-C", home, "config.json", "manifest.json", layerName]);
  rmSync(home, { recursive: true });
  return archive;
}

interface Figures {
  readonly scan: number;
  readonly process: number;
  readonly peak: number;
  readonly cpu: number;
  readonly size: number;
  readonly packages: number;
  readonly executables: number;
  readonly explained: number;
}

const run = (archive: string, cache = ""): Figures =>
  JSON.parse(execFileSync(process.execPath, [one, archive, cache], { encoding: "utf8" })) as Figures;

try {
  const rows = [];
  for (const [name, size, gzip] of [
    ["100 MB", 100e6, false],
    ["100 MB, gzip", 100e6, true],
    ["1 GB", 1000e6, false],
    ["1 GB, gzip", 1000e6, true],
  ] as const) {
    const archive = await makeArchive(name.replace(/[ ,]+/g, "-").toLowerCase(), size, gzip);
    const cache = join(folder, "cache");
    const firsts: Figures[] = [];
    const repeats: Figures[] = [];
    const medians = await inTurns({
      async first() {
        rmSync(cache, { recursive: true, force: true });
        const figures = run(archive, cache);
        firsts.push(figures);
        return figures.scan;
      },
      async repeated() {
        const figures = run(archive, cache);
        repeats.push(figures);
        return figures.scan;
      },
    });
    const [figures] = firsts;
    rows.push({
      image: name,
      "first ms": round(medians.first),
      "repeated ms": round(medians.repeated),
      "whole process ms": round(Math.min(...firsts.map((f) => f.process))),
      "CPU ms": round(Math.min(...firsts.map((f) => f.cpu))),
      "peak MB": round(Math.max(...[...firsts, ...repeats].map((f) => f.peak))),
      packages: figures?.packages ?? 0,
      "executables explained": `${figures?.explained ?? 0} of ${figures?.executables ?? 0}`,
    });
    rmSync(archive);
  }
  report("image scan", rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
