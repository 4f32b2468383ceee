import { frame, readFrames } from "./frames.ts";
import {
  besideLimit,
  type JobAnswer,
  jobLimit,
  layoutLimit,
  textLimit,
  type WorkerJob,
  type WorkerSetting,
  wholeLimit,
} from "./job.ts";
import type { ImageAnswers } from "./serve-image.ts";

const headLimit = 1 << 20;

const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString("utf8"));

/** The most bytes of each message that comes after a job. */
function following(job: WorkerJob): number[] {
  switch (job.job) {
    case "layer":
    case "beside":
      return [];
    case "layout":
      return job.given.map(() => layoutLimit.blob);
    case "scan":
    case "match":
      return [
        ...(job.job === "match" ? [wholeLimit.packed] : []),
        ...(job.vex?.beside === "collected" ? [besideLimit] : []),
      ];
  }
}

/**
 * The image worker's whole life: a setting, then one job after another, each answered by two messages (the whole is empty where
 * the job failed). Ends with its input. What a job needs is loaded for it: most workers read one layer.
 */
export async function serveScans(
  input: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const frames = readFrames(input);
  const first = await frames.next(headLimit);
  if (first === undefined) return;
  const setting = json(first) as WorkerSetting;
  let images: ImageAnswers | undefined;

  async function answerOf(job: WorkerJob, more: readonly Buffer[]): Promise<JobAnswer> {
    switch (job.job) {
      case "layer":
        return (await import("./serve-layer.ts")).answerLayer(job, setting);
      case "layout":
        return (await import("./serve-layout.ts")).answerLayout(job, more);
      case "beside":
        return (await import("./serve-beside.ts")).answerBeside(job);
      case "scan":
      case "match":
        images ??= (await import("./serve-image.ts")).openImageAnswers(setting);
        return images.answer(job, more);
    }
  }

  for (;;) {
    const head = await frames.next(jobLimit);
    if (head === undefined) break;
    const job = json(head) as WorkerJob;
    const more: Buffer[] = [];
    for (const limit of following(job)) more.push((await frames.next(limit)) ?? Buffer.alloc(0));
    let answer: JobAnswer;
    try {
      answer = await answerOf(job, more);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const failed = said.replace(/\p{Cc}/gu, "?").slice(0, textLimit);
      answer = { short: Buffer.from(JSON.stringify({ failed }), "utf8"), whole: Buffer.alloc(0) };
    }
    await write(frame(answer.short));
    await write(frame(answer.whole));
  }
  images?.close();
}
