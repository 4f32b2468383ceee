/**
 * Reads images and matches them with advisories: `image-worker`. An unprivileged user of its own, without network, within
 * bounds of memory and time; started by the agent for a job or a batch of them. It opens nothing but its own folder and the
 * advisories: the images' blobs are open descriptors. Standard input and output carry jobs and answers.
 */
import { once } from "node:events";
import { serveScans } from "../scanning/serve.ts";

await serveScans(process.stdin as AsyncIterable<Uint8Array>, async (bytes) => {
  if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
});
process.exitCode = 0;
