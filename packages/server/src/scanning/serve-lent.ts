import {
  type BlobStore,
  createMatcher,
  type ImagePatch,
  imageFromManifest,
  noVex,
  openStillAdvisories,
  PatchError,
  patchImage,
  type SourceImage,
  scanImage,
  wantedFixes,
} from "@bulkhead/images";
import { type FrameReader, frame, readFrames } from "./frames.ts";
import { storedFormat, textLimit } from "./job.ts";
import type { LentGiven, LentJob, LentPatchAnswer, LentWant } from "./lent-job.ts";
import { lentLimits } from "./lent-job.ts";
import { lines, shorten } from "./shorten.ts";

type Write = (bytes: Uint8Array) => Promise<void>;

const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString("utf8"));
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), "utf8");

/** A worker's life at the other end of a socket: one job, whose image and files it asks for as it goes. */
export async function serveLent(
  input: AsyncIterable<Uint8Array>,
  write: Write,
  advisories: string | undefined,
): Promise<void> {
  const frames = readFrames(input);
  const first = await frames.next(lentLimits.job);
  if (first === undefined) return;
  const job = json(first) as LentJob;
  const asking = createAsking(frames, write);
  let answer: unknown;
  let layer: Uint8Array | undefined;
  try {
    const done = await answerOf(job, asking, advisories);
    answer = done.answer;
    layer = done.layer;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    answer = { failed: said.replace(/\p{Cc}/gu, "?").slice(0, textLimit) };
  }
  const over: LentWant = { want: "nothing" };
  await write(frame(bytesOf(over)));
  await write(frame(bytesOf(answer)));
  if (layer === undefined) return;
  for (let at = 0; at < layer.length; at += lentLimits.piece)
    await write(frame(layer.subarray(at, at + lentLimits.piece)));
  await write(frame(Buffer.alloc(0)));
}

interface Asking {
  /** Pieces of what was asked for; one question at a time. */
  pieces(want: LentWant): AsyncGenerator<Buffer>;
  whole(want: LentWant, limit: number): Promise<Buffer>;
}

function createAsking(frames: FrameReader, write: Write): Asking {
  async function* pieces(want: LentWant): AsyncGenerator<Buffer> {
    await write(frame(bytesOf(want)));
    const head = await frames.next(lentLimits.head);
    if (head === undefined) throw new Error("whoever asked is gone");
    const given = json(head) as LentGiven;
    if (!given.given) throw new PatchError(given.absent ? "absent" : "unreachable", given.says);
    let over = false;
    const next = async (): Promise<Buffer | undefined> => {
      const piece = await frames.next(lentLimits.piece);
      if (piece === undefined) throw new Error("whoever asked is gone");
      over = piece.length === 0;
      return over ? undefined : piece;
    };
    try {
      for (let piece = await next(); piece !== undefined; piece = await next()) yield piece;
    } finally {
      // What nobody wants to the end is still on its way.
      while (!over) await next();
    }
  }
  return {
    pieces,
    async whole(want, limit) {
      const parts: Buffer[] = [];
      let size = 0;
      for await (const piece of pieces(want)) {
        size += piece.length;
        if (size > limit) throw new PatchError("limit", `more than ${limit} bytes`);
        parts.push(piece);
      }
      return Buffer.concat(parts);
    },
  };
}

async function answerOf(
  job: LentJob,
  asking: Asking,
  advisories: string | undefined,
): Promise<{ readonly answer: unknown; readonly layer?: Uint8Array }> {
  const open = (): Promise<SourceImage> => {
    // What an index names is a manifest; what a manifest names is its configuration.
    let want: "manifest" | "config" = "manifest";
    const store: BlobStore = {
      async read(digest, limit) {
        const bytes = await asking.whole({ want, digest, limit }, limit);
        if (!bytes.includes('"manifests"')) want = "config";
        return bytes;
      },
      open: (digest) => asking.pieces({ want: "layer", digest }),
    };
    return imageFromManifest(store, { mediaType: "", digest: job.digest }, job.name);
  };
  const scan = await scanImage({ image: open, close: async () => undefined });
  const database = advisories === undefined ? undefined : openStillAdvisories(advisories);
  try {
    const match = database === undefined ? undefined : createMatcher(database).match(scan.inventory, noVex, job.now);
    if (job.job === "scan") {
      const { digest, now } = job;
      const report = { format: storedFormat, digest, scannedAt: now, matchedAt: now, scan } as const;
      return { answer: shorten({ ...report, ...(match === undefined ? {} : { match }) }, database) };
    }
    const patch: ImagePatch = await patchImage({
      image: await open(),
      wanted: wantedFixes(match?.findings ?? []),
      repositories: job.repositories.map((one) => ({
        ...one,
        keys: one.keys.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes, "base64") })),
      })),
      fetch: (url, limit) => asking.whole({ want: "file", url, limit }, limit),
      now: job.now,
    });
    const { layer, ...rest } = patch;
    if (layer !== undefined && layer.length > lentLimits.layer)
      throw new PatchError("limit", `its patch is larger than ${lentLimits.layer} bytes`);
    const answer: LentPatchAnswer = { ...lines(rest), layer: layer !== undefined };
    return { answer, ...(layer === undefined ? {} : { layer }) };
  } finally {
    database?.close();
  }
}
