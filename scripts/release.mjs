// npm run release: one npm archive of what is bundled, with the Node that runs it. Publishes nothing.
import { join } from "node:path";
import { installPackages, repository, underPinnedNode } from "./setup.mjs";

await installPackages();
if ((await underPinnedNode([join(repository, "scripts", "build.mjs")])) !== 0) process.exit(1);
process.exit(await underPinnedNode([join(repository, "scripts", "make-release.ts"), ...process.argv.slice(2)]));
