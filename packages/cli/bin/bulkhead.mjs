#!/usr/bin/env node
// The `bulkhead` command. Runs under any Node from 18 on and hands over to the pinned Node 24 and the bundled program.
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const repository = join(here, "..", "..", "..");
const arch = process.arch === "arm64" ? "arm64" : "x64";
const node = join(repository, "node_modules", `node-linux-${arch}`, "bin", "node");
const bundled = join(repository, "dist", "bulkhead.mjs");
if (!existsSync(node) || !existsSync(bundled)) {
  process.stderr.write(`bulkhead: not set up yet; run this first: cd ${repository} && npm start\n`);
  process.exit(2);
}
const { status, signal } = spawnSync(node, [bundled, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, BULKHEAD_DISTRIBUTION: join(repository, "dist") },
});
process.exit(signal === null ? (status ?? 1) : 128);
