import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { LayerBytes } from "../layers/read-layer.ts";
import { SourceError } from "./source-error.ts";

/** Below so many bytes a thread, which takes 60 ms of CPU and 18 MB, costs more than it brings. */
export const worthAThread = 64 << 20;

/** Long pieces: a file that lies whole in one is looked at where it lies. */
const piece = 4 << 20;
const slots = 3;

interface ThreadWork {
  readonly descriptor: number;
  readonly from: number;
  readonly size: number;
  readonly piece: number;
  readonly slots: number;
  readonly data: SharedArrayBuffer;
  /** Bytes in each slot: 0 free, -1 the end. Behind them, whether to stop. */
  readonly state: SharedArrayBuffer;
}

/**
 * A part of an open file, in pieces of four megabytes, each valid until the next is asked for. A thread reads and hashes it ahead: a
 * third of what a scan costs. The file must not be closed before the iteration has ended.
 */
export function readAhead(descriptor: number, from: number, size: number, what: string): LayerBytes {
  let digest: Promise<string> | undefined;

  async function* pieces(): AsyncGenerator<Uint8Array> {
    const data = new SharedArrayBuffer(piece * slots);
    const shared = new SharedArrayBuffer(4 * (slots + 1));
    const state = new Int32Array(shared);
    const workerData: ThreadWork = { descriptor, from, size, piece, slots, data, state: shared };
    const thread = new Worker(`(${readAndHash.toString()})()`, {
      eval: true,
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    });
    const ended = once(thread, "exit");
    ended.catch(() => undefined);
    const said = once(thread, "message").then(([value]: unknown[]) => String(value));
    said.catch(() => undefined);
    digest = said;
    const failed = ended.then((): never => {
      throw new SourceError("malformed", `${what}: it cannot be read to its end`);
    });
    failed.catch(() => undefined);
    try {
      for (let turn = 0; ; turn = (turn + 1) % slots) {
        const full = Atomics.waitAsync(state, turn, 0);
        if (full.async) await Promise.race([full.value, failed]);
        const length = Atomics.load(state, turn);
        if (length < 0) return;
        yield new Uint8Array(data, turn * piece, length);
        Atomics.store(state, turn, 0);
        Atomics.notify(state, turn);
      }
    } finally {
      Atomics.store(state, slots, 1);
      for (let slot = 0; slot < slots; slot++) {
        Atomics.store(state, slot, 0);
        Atomics.notify(state, slot);
      }
      await ended.catch(() => undefined);
    }
  }

  return {
    [Symbol.asyncIterator]: pieces,
    sha256: async () => {
      if (digest === undefined) throw new TypeError("nothing was read yet");
      return digest;
    },
  };
}

/** The thread: runs by its source text alone, so that it needs no file of its own. */
function readAndHash(): void {
  const { readSync } = process.getBuiltinModule("node:fs");
  const { createHash } = process.getBuiltinModule("node:crypto");
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { descriptor, from, size, piece, slots, data, state: shared } = workerData as ThreadWork;
  const state = new Int32Array(shared);
  const hash = createHash("sha256");
  let at = 0;
  for (let turn = 0; ; turn = (turn + 1) % slots) {
    for (let held = Atomics.load(state, turn); held !== 0; held = Atomics.load(state, turn))
      Atomics.wait(state, turn, held);
    if (Atomics.load(state, slots) === 1) return;
    const slot = new Uint8Array(data, turn * piece, piece);
    const length = at < size ? readSync(descriptor, slot, 0, Math.min(piece, size - at), from + at) : 0;
    at += length;
    // Handed over before it is hashed: it stays as it is until this thread comes to it again.
    Atomics.store(state, turn, length === 0 ? -1 : length);
    Atomics.notify(state, turn);
    if (length === 0) break;
    hash.update(slot.subarray(0, length));
  }
  parentPort?.postMessage(hash.digest("hex"));
}
