/** One scan in a process of its own, for bench/scan.ts: prints time and peak memory as JSON. */
import { readFileSync, statSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { openLayerCache, openTarArchive, scanImage } from "@bulkhead/images";

const [archive = "", cacheFolder = ""] = process.argv.slice(2);
// As the command does it.
if (statSync(archive).size > 512 << 20) setFlagsFromString("--semi-space-growth-factor=1");
const start = performance.now();
const source = await openTarArchive(archive);
const cache = cacheFolder === "" ? undefined : await openLayerCache(cacheFolder);
const scan = await scanImage(source, cache === undefined ? {} : { cache });
await source.close();
const scanned = performance.now();
const { packages, coverage } = scan.inventory;
console.log(
  JSON.stringify({
    scan: scanned - start,
    process: scanned,
    // Not getrusage's maximum: that begins with what the parent had when it started this process.
    peak: Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024,
    cpu: (process.resourceUsage().userCPUTime + process.resourceUsage().systemCPUTime) / 1000,
    size: scan.size / 1e6,
    packages: packages.length,
    executables: coverage.executables,
    explained: coverage.explained,
  }),
);
