/** Brings the parts (containerd, runc …) into the folder named; `npm test` and developers use it. */
import { resolve } from "node:path";
import { installParts, textProgress } from "@bulkhead/host";

const directory = process.argv[2];
if (directory === undefined) {
  process.stderr.write("usage: node scripts/parts.ts FOLDER\n");
  process.exit(2);
}
await installParts(resolve(directory), textProgress(process.stderr, Date.now));
