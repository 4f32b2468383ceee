import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { LayerBytes } from "../layers/read-layer.ts";
import { SourceError } from "./source-error.ts";

/** Threads that read and hash ahead, which is a third of what a scan costs; each is used again and again. */
export interface AheadReaders {
  /** A part of an open file, in long pieces, each valid until the next is asked for. The file must not be closed before the iteration has ended. */
  read(descriptor: number, from: number, size: number, what: string): LayerBytes;
  /** Whether so many bytes should be read so: where memory is bounded by a limit on address space or data (`ulimit`), never. */
  worth(size: number): boolean;
  /** Starts a thread if so many bytes will be worth one: it takes as long as the rest of a scan takes to load. */
  prepare(size: number): void;
  /** Ends the threads that have nothing to do. */
  close(): void;
}

/** Below so many bytes a thread, which takes 60 ms of CPU and 18 MB, costs more than it brings. */
const worthAThread = 64 << 20;
/** Below so many bytes not even one that is there. */
const worthAsking = 1 << 20;

/** Long pieces: a file that lies whole in one is looked at where it lies. */
const piece = 4 << 20;
const slots = 3;

interface Ring {
  readonly piece: number;
  readonly slots: number;
  readonly data: SharedArrayBuffer;
  /** Bytes in each slot: 0 free, -1 the end. Behind them, whether to stop. */
  readonly state: SharedArrayBuffer;
}

interface Part {
  readonly descriptor: number;
  readonly from: number;
  readonly size: number;
}

interface Thread {
  readonly worker: Worker;
  readonly ended: Promise<unknown>;
  readonly data: SharedArrayBuffer;
  readonly state: Int32Array;
}

export function createAheadReaders(): AheadReaders {
  const idle: Thread[] = [];

  async function* pieces(thread: Thread, said: Promise<string>): AsyncGenerator<Uint8Array> {
    const { worker, data, state } = thread;
    try {
      for (let turn = 0; ; turn = (turn + 1) % slots) {
        const full = Atomics.waitAsync(state, turn, 0);
        // The thread says nothing before the end, unless it fails.
        if (full.async) await Promise.race([full.value, said]);
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
      // Not before: what it has read may still lie there.
      await said.then(
        () => {
          worker.unref();
          idle.push(thread);
        },
        () => undefined,
      );
    }
  }

  return {
    read(descriptor, from, size, what) {
      let digest: Promise<string> | undefined;
      return {
        async *[Symbol.asyncIterator]() {
          const thread = idle.pop() ?? startThread();
          const { worker, ended, state } = thread;
          state.fill(0);
          worker.ref();
          const failed = ended.then((): never => {
            throw new SourceError("malformed", `${what}: it cannot be read to its end`);
          });
          const said = Promise.race([once(worker, "message").then(([value]: unknown[]) => String(value)), failed]);
          said.catch(() => undefined);
          digest = said;
          const part: Part = { descriptor, from, size };
          worker.postMessage(part);
          yield* pieces(thread, said);
        },
        sha256: async () => {
          if (digest === undefined) throw new TypeError("nothing was read yet");
          return digest;
        },
      };
    },
    worth: (size) => (idle.length > 0 ? size >= worthAsking : size >= worthAThread && unbounded()),
    prepare(size) {
      if (idle.length > 0 || size < worthAThread || !unbounded()) return;
      const thread = startThread();
      thread.worker.unref();
      idle.push(thread);
    },
    close() {
      for (const { worker } of idle.splice(0)) void worker.terminate();
    },
  };
}

function startThread(): Thread {
  const data = new SharedArrayBuffer(piece * slots);
  const state = new SharedArrayBuffer(4 * (slots + 1));
  const workerData: Ring = { piece, slots, data, state };
  const worker = new Worker(`(${readAndHash.toString()})()`, {
    eval: true,
    workerData,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
  });
  const ended = once(worker, "exit");
  ended.catch(() => undefined);
  return { worker, ended, data, state: new Int32Array(state) };
}

/** V8 ends a process that starts a thread where memory is bounded so. */
function unbounded(): boolean {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return ["Max data size", "Max address space"].every((name) => new RegExp(`^${name} +unlimited`, "m").test(limits));
  } catch {
    // Not Linux.
    return true;
  }
}

/** The thread: runs by its source text alone, so that it needs no file of its own. */
function readAndHash(): void {
  const { readSync } = process.getBuiltinModule("node:fs");
  const { createHash } = process.getBuiltinModule("node:crypto");
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { piece, slots, data, state: shared } = workerData as Ring;
  const state = new Int32Array(shared);

  /** The digest of all of it; nothing where nobody wants the rest. */
  function pass({ descriptor, from, size }: Part): string {
    const hash = createHash("sha256");
    let at = 0;
    for (let turn = 0; ; turn = (turn + 1) % slots) {
      for (let held = Atomics.load(state, turn); held !== 0; held = Atomics.load(state, turn))
        Atomics.wait(state, turn, held);
      if (Atomics.load(state, slots) === 1) return "";
      const slot = new Uint8Array(data, turn * piece, piece);
      const length = at < size ? readSync(descriptor, slot, 0, Math.min(piece, size - at), from + at) : 0;
      at += length;
      // Handed over before it is hashed: it stays as it is until this thread comes to it again.
      Atomics.store(state, turn, length === 0 ? -1 : length);
      Atomics.notify(state, turn);
      if (length === 0) return hash.digest("hex");
      hash.update(slot.subarray(0, length));
    }
  }

  parentPort?.on("message", (part: Part) => parentPort.postMessage(pass(part)));
}
