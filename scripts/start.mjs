// npm start: from a bare Debian 12 with Node to the running shop and the attack that fails.
import { join } from "node:path";
import { attached, repository, setUp, underPinnedNode } from "./setup.mjs";

await setUp("npm start");
if ((await underPinnedNode([join(repository, "scripts", "build.mjs")])) !== 0) process.exit(1);
process.exit(
  await attached(process.execPath, [
    join(repository, "packages", "cli", "bin", "bulkhead.mjs"),
    "demo",
    ...process.argv.slice(2),
  ]),
);
