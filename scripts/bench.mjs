// npm run bench: sets up as npm test does and runs the measurements of bench/, or those that are named: npm run bench -- api pods
import { join } from "node:path";
import {
  ensureHostsFile,
  installPackages,
  installSystemPrograms,
  partsFolder,
  repository,
  requireRoot,
  underPinnedNode,
} from "./setup.mjs";

const all = ["store", "api", "memory", "pods", "scan", "start", "posture", "runtime-signals"];
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !all.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`${unknown}: no such measurement; there are ${all.join(", ")}\n`);
  process.exit(2);
}
requireRoot("npm run bench");
await installPackages();
await installSystemPrograms();
ensureHostsFile();

// Parts that are there already may be named, as tests do it.
const parts = process.env.BULKHEAD_PARTS ?? partsFolder();
let failed = false;
if (process.env.BULKHEAD_PARTS === undefined)
  failed = (await underPinnedNode([join(repository, "scripts", "parts.ts"), parts])) !== 0;
if (!failed) failed = (await underPinnedNode([join(repository, "scripts", "build.mjs")])) !== 0;
for (const name of failed ? [] : all.filter((each) => wanted.length === 0 || wanted.includes(each))) {
  process.stdout.write(`\n── ${name}\n`);
  const code = await underPinnedNode([join(repository, "bench", `${name}.ts`)], {
    env: { ...process.env, BULKHEAD_PARTS: parts },
  });
  failed ||= code !== 0;
}
process.exit(failed ? 1 : 0);
