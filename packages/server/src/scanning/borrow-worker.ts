import net from "node:net";
import type { PackageUpgrade, PatchRefusal } from "@bulkhead/images";
import { AnswerError, parseAnswer, parsePatchAnswer, type ScanAnswer } from "./answer.ts";
import { type FrameReader, frame, readFrames } from "./frames.ts";
import type { LentGiven, LentJob, LentPatch, LentScan, LentWant } from "./lent-job.ts";
import { lentLimits } from "./lent-job.ts";
import { WorkerError } from "./run-worker.ts";

/** What a borrowed worker is given as it asks. Each throws for what is not to be had; `absent` in its error's code says so. */
export interface LentSupply {
  manifest(digest: string): Promise<Uint8Array>;
  config(digest: string, limit: number): Promise<Uint8Array>;
  layer(digest: string): AsyncIterable<Uint8Array>;
  /** A file of the job's repositories. */
  file(url: string, limit: number): Promise<Uint8Array>;
}

export interface BorrowedPatch {
  readonly base: string;
  readonly made: number;
  readonly upgrades: readonly PackageUpgrade[];
  readonly refused: readonly PatchRefusal[];
  readonly notes: readonly string[];
  /** The layer's tar; absent where nothing can be mended. */
  readonly layer?: Buffer;
}

export interface Borrowing {
  /** The socket at which workers are lent. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Has an image scanned and matched. Throws WorkerError where there is no worker or its answer is none. */
export async function borrowScan(
  borrowing: Borrowing,
  job: LentScan,
  supply: LentSupply,
): Promise<ScanAnswer | { readonly failed: string }> {
  return converse(borrowing, job, supply, async (frames) => parseAnswer(await needed(frames, lentLimits.answer)));
}

/** Has a patch built. Of its layer nothing is believed but that it is bytes: it lies above a base as hostile as itself. */
export async function borrowPatch(
  borrowing: Borrowing,
  job: LentPatch,
  supply: LentSupply,
): Promise<BorrowedPatch | { readonly failed: string }> {
  return converse(borrowing, job, supply, async (frames) => {
    const answer = parsePatchAnswer(await needed(frames, lentLimits.answer));
    if ("failed" in answer) return answer;
    const { layer: has, ...rest } = answer;
    if (!has) return rest;
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const piece = await needed(frames, lentLimits.piece);
      if (piece.length === 0) return { ...rest, layer: Buffer.concat(parts) };
      size += piece.length;
      if (size > lentLimits.layer) throw new WorkerError("the image worker's layer is too large");
      parts.push(piece);
    }
  });
}

async function needed(frames: FrameReader, limit: number): Promise<Buffer> {
  const bytes = await frames.next(limit);
  if (bytes === undefined) throw new WorkerError("the image worker gave no answer: it was stopped");
  return bytes;
}

const digestForm = /^sha256:[0-9a-f]{64}$/;

function wantOf(bytes: Buffer): LentWant {
  const value = JSON.parse(bytes.toString("utf8")) as Readonly<Record<string, unknown>> | null;
  const { want, digest, url } = value ?? {};
  const limit = typeof value?.["limit"] === "number" && value["limit"] > 0 ? value["limit"] : 0;
  if (want === "nothing") return { want };
  if ((want === "manifest" || want === "config") && typeof digest === "string" && digestForm.test(digest))
    return { want, digest, limit };
  if (want === "layer" && typeof digest === "string" && digestForm.test(digest)) return { want, digest };
  if (want === "file" && typeof url === "string" && url.length < 4096) return { want, url, limit };
  throw new AnswerError("it wants what there is not");
}

async function converse<T>(
  { path, signal }: Borrowing,
  job: LentJob,
  supply: LentSupply,
  answer: (frames: FrameReader) => Promise<T>,
): Promise<T> {
  const socket = net.connect(path);
  const end = (): void => void socket.destroy();
  signal.addEventListener("abort", end, { once: true });
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => socket.write(frame(bytes), (error) => (error ? reject(error) : resolve())));
  try {
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const frames = readFrames(socket as AsyncIterable<Uint8Array>);
    await write(Buffer.from(JSON.stringify(job)));
    for (;;) {
      const want = wantOf(await needed(frames, lentLimits.head));
      if (want.want === "nothing") return await answer(frames);
      await give(want, supply, write);
    }
  } catch (error) {
    if (error instanceof WorkerError) throw error;
    throw new WorkerError(`no image worker answers: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    signal.removeEventListener("abort", end);
    socket.destroy();
  }
}

const given = (value: LentGiven): Buffer => Buffer.from(JSON.stringify(value));

async function give(
  want: Exclude<LentWant, { want: "nothing" }>,
  supply: LentSupply,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  let source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  try {
    switch (want.want) {
      case "layer":
        source = supply.layer(want.digest);
        break;
      case "manifest":
        source = [await supply.manifest(want.digest)];
        break;
      case "config":
        source = [await supply.config(want.digest, want.limit)];
        break;
      case "file":
        source = [await supply.file(want.url, want.limit)];
    }
  } catch (error) {
    const absent = error instanceof Error && "code" in error && error.code === "absent";
    const says = error instanceof Error ? error.message.slice(0, 2000) : "";
    return write(given({ given: false, absent, says }));
  }
  await write(given({ given: true }));
  for await (const chunk of source)
    for (let at = 0; at < chunk.length; at += lentLimits.piece) await write(chunk.subarray(at, at + lentLimits.piece));
  await write(Buffer.alloc(0));
}
