import { readLoneLayer } from "@bulkhead/images";
import type { JobAnswer, LayerJob, WorkerSetting } from "./job.ts";

/** Reads the one layer that this worker is for. */
export async function answerLayer(job: LayerJob, setting: WorkerSetting): Promise<JobAnswer> {
  const { digest, name, blob, spool } = job;
  const key = Buffer.from(setting.key ?? "", "base64");
  const { bytes, complete } = await readLoneLayer({ digest, descriptor: blob, name, key, spool });
  return { short: Buffer.from(JSON.stringify({ complete }), "utf8"), whole: bytes };
}
