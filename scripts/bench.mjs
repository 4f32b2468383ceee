// npm run bench: sets up as npm test does and runs the measurements of bench/, or those that are named: npm run bench -- api pods
import { join } from "node:path";
import { partsAndBundles, repository, setUp, underPinnedNode } from "./setup.mjs";

const all = ["store", "api", "memory", "pods", "scan", "start", "posture", "runtime-signals"];
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !all.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`${unknown}: no such measurement; there are ${all.join(", ")}\n`);
  process.exit(2);
}
await setUp("npm run bench");
const parts = await partsAndBundles();
let failed = false;
for (const name of all.filter((each) => wanted.length === 0 || wanted.includes(each))) {
  process.stdout.write(`\n── ${name}\n`);
  const code = await underPinnedNode([join(repository, "bench", `${name}.ts`)], {
    env: { ...process.env, BULKHEAD_PARTS: parts },
  });
  failed ||= code !== 0;
}
process.exit(failed ? 1 : 0);
