/**
 * Reads images and matches them with advisories: `image-worker`. An unprivileged user of its own, without network, within
 * bounds of memory and time; started by the agent for a job or a batch of them. It opens nothing but the advisories: the
 * images' blobs are open descriptors. What a job needs is loaded for it. Standard input and output carry jobs and answers.
 * With `lent [ADVISORIES]` they are a connection of the controllers', over which blobs and packages come as well.
 */
import { once } from "node:events";

const input = process.stdin as AsyncIterable<Uint8Array>;
const write = async (bytes: Uint8Array): Promise<void> => {
  if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
};
const [, , mode, advisories] = process.argv;
if (mode === "lent") {
  const { serveLent } = await import("../scanning/serve-lent.ts");
  await serveLent(input, write, advisories);
  // Input and output are one connection.
  process.stdout.end();
  process.stdin.destroy();
} else {
  const { serveScans } = await import("../scanning/serve.ts");
  await serveScans(input, write);
}
process.exitCode = 0;
