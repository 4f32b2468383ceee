/**
 * `bulkhead image scan` as a whole process, its start included: an SBOM of 20 Python packages held against advisories.
 * `node bench/scan-command.ts FOLDER`, the folder as for `bulkhead advisories import` (OSV's PyPI, for one); the command must have
 * been built (`node scripts/build.mjs`).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, report, round } from "./report.ts";

/** Old releases, each with something wrong. */
const packages =
  "django@3.2.0 flask@0.12 requests@2.19.0 jinja2@2.10 urllib3@1.24.1 pyyaml@5.1 pillow@8.0.0 cryptography@2.3 numpy@1.15.0 werkzeug@0.14 lxml@4.2.0 tornado@5.0 aiohttp@3.6.0 sqlalchemy@1.2.0 paramiko@2.4.0 setuptools@60.0.0 certifi@2019.3.9 idna@2.8 twisted@19.2.0 bleach@3.0.0".split(
    " ",
  );
const runs = 15;

const [advisories] = process.argv.slice(2);
if (advisories === undefined) {
  console.error("node bench/scan-command.ts FOLDER: name a folder of advisories");
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "bulkhead-bench-command-"));
const command = join(import.meta.dirname, "..", "dist", "bulkhead.mjs");
try {
  const database = join(folder, "advisories.db");
  execFileSync(process.execPath, [command, "advisories", "import", advisories, "--database", database]);
  const sbom = join(folder, "packages.cdx.json");
  const components = packages.map((each) => {
    const [name, version] = each.split("@");
    return { type: "library", name, version, purl: `pkg:pypi/${each}` };
  });
  writeFileSync(sbom, JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components }));
  const scan = ["image", "scan", sbom, "--database", database, "-o", "json"];
  const times: number[] = [];
  const empty: number[] = [];
  let findings = 0;
  for (let i = 0; i < runs; i++) {
    let start = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    empty.push(performance.now() - start);
    start = performance.now();
    // 1: something counts.
    const { status, stdout } = spawnSync(process.execPath, [command, ...scan], { maxBuffer: 64 << 20 });
    times.push(performance.now() - start);
    if (status !== 1) throw new Error(`the scan ended with ${status}`);
    findings = (JSON.parse(stdout.toString("utf8")) as { match: { findings: unknown[] } }).match.findings.length;
  }
  report("image scan of an SBOM, whole processes", [
    {
      packages: packages.length,
      findings,
      "least ms": round(Math.min(...times)),
      "median ms": round(median(times)),
      "node alone, median ms": round(median(empty)),
    },
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
