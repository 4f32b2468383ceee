// npm run test:soak [-- MINUTES]: an hour (or so many minutes) of ordinary life in which no runtime signal may be told.
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

requireRoot("npm run test:soak");
await installPackages();
await installSystemPrograms();
ensureHostsFile();

// Parts that are there already may be named, as tests do it.
const parts = process.env.BULKHEAD_PARTS ?? partsFolder();
const steps = [
  ...(process.env.BULKHEAD_PARTS === undefined ? [[join(repository, "scripts", "parts.ts"), parts]] : []),
  [join(repository, "scripts", "build.mjs")],
  [join(repository, "e2e", "soak", "main.ts"), ...process.argv.slice(2)],
];
for (const step of steps) {
  const code = await underPinnedNode(step, { env: { ...process.env, BULKHEAD_PARTS: parts } });
  if (code !== 0) process.exit(code);
}
