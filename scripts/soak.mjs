// npm run test:soak [-- MINUTES]: an hour (or so many minutes) of ordinary life in which no runtime signal may be told.
import { join } from "node:path";
import { partsAndBundles, repository, setUp, underPinnedNode } from "./setup.mjs";

await setUp("npm run test:soak");
const parts = await partsAndBundles();
process.exit(
  await underPinnedNode([join(repository, "e2e", "soak", "main.ts"), ...process.argv.slice(2)], {
    env: { ...process.env, BULKHEAD_PARTS: parts },
  }),
);
