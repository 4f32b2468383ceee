import { spawn } from "node:child_process";
import { type FilterMeans, filterWords } from "@bulkhead/host";
import { packedRecordLimit } from "@bulkhead/images";
import {
  AnswerError,
  type BesideAnswer,
  type LayoutAnswer,
  parseAnswer,
  parseBesideAnswer,
  parseLayerAnswer,
  parseLayoutAnswer,
  type ScanAnswer,
} from "./answer.ts";
import { FrameError, frame, readFrames } from "./frames.ts";
import {
  answerLimit,
  type BesideJob,
  besideLimit,
  type LayerJob,
  type LayoutJob,
  type MatchJob,
  type ScanJob,
  type WorkerJob,
  type WorkerSetting,
  wholeLimit,
} from "./job.ts";

/** How workers are started; the same for all of an instance. */
export interface WorkerProgram {
  readonly node: string;
  /** The bundled program. */
  readonly file: string;
  /** May write nothing of ours: what a worker needs, it has as open files. */
  readonly user: number;
  /** Whether it has the machine's network: for whoever asks registries, and sees no image. */
  readonly network?: true;
  /** Words that put a command into the workers' control group; none where there are no control groups. */
  readonly group: readonly string[];
  /** Undefined where this machine cannot put processes under one. */
  readonly filter: { readonly means: FilterMeans; readonly file: string } | undefined;
  /** Whose process it is, for whoever cleans up. */
  readonly mark: Readonly<Record<string, string>>;
}

/** A worker that was stopped, ended early, or answered what is no answer. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
}

export interface WorkerAnswer {
  readonly short: ScanAnswer;
  /** Packed; not looked into. */
  readonly whole: Buffer;
}

/** What lies beside an image; `whole` is not looked into. */
export interface WorkerBeside extends BesideAnswer {
  readonly whole: Buffer;
}

/** A layer's record, packed; not looked into. */
export interface WorkerRecord {
  readonly record: Buffer;
  readonly complete: boolean;
}

/** Each method throws WorkerError; then the worker is gone. What cannot be read is `{ failed }`. */
export interface ImageWorker {
  /** Answers one job; the stored report goes with one that matches it again, what lies beside the image where the job says so. */
  ask(job: ScanJob | MatchJob, ...more: readonly Uint8Array[]): Promise<WorkerAnswer | { readonly failed: string }>;
  /** Says what an image consists of. */
  layout(job: LayoutJob, blobs: readonly Uint8Array[]): Promise<LayoutAnswer | { readonly failed: string }>;
  /** Asks a registry. Nothing else is to be asked of this worker. */
  beside(job: BesideJob): Promise<WorkerBeside | { readonly failed: string }>;
  /** Reads one layer. Nothing else is to be asked of this worker. */
  read(job: LayerJob): Promise<WorkerRecord | { readonly failed: string }>;
  close(): void;
}

const megabyte = 1 << 20;
const bounds = {
  /** V8's heap, in MiB. */
  heap: 256,
  /** All private memory; zlib's and SQLite's buffers beside the heap. */
  data: 1024 * megabyte,
  /** One file of its own: a layer's record, or a database out of a layer. */
  file: 1024 * megabyte,
  /** Seconds on a processor. */
  cpu: 1800,
  tasks: 64,
  files: 1024,
};

/** First process of the worker's process namespace, and root's: with it, all that is in the namespace ends. */
const first = ["sh", "-c", '"$@"; exit $?', "sh"];

/**
 * The command line of a worker: no network but where it is there to ask, no capability, nothing to gain, bounded, behind everybody else. It runs in a
 * process namespace whose first process it cannot touch, so that nothing which it starts outlives it.
 */
export function workerCommand({ node, file, user, network, group, filter }: WorkerProgram): string[] {
  const confined = filter === undefined ? { options: [], before: [] } : filterWords(filter.means, filter.file);
  const apart = [...(network === true ? [] : ["--net"]), "--ipc", "--pid", "--fork"];
  const bounded = [...group, "nice", "-n", "10", "unshare", ...apart, "--", ...first];
  bounded.push("prlimit", `--data=${bounds.data}`);
  bounded.push(`--fsize=${bounds.file}`, `--cpu=${bounds.cpu}`, `--nproc=${bounds.tasks}`);
  bounded.push(`--nofile=${bounds.files}`, "--core=0");
  const dropped = ["setpriv", "--reuid", String(user), "--regid", String(user), "--clear-groups"];
  dropped.push("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", ...confined.options, "--");
  const settings = ["--enable-source-maps=false", `--max-old-space-size=${bounds.heap}`, "--max-semi-space-size=4"];
  return [...bounded, ...dropped, ...confined.before, node, ...settings, file];
}

export interface WorkerStart {
  readonly program: WorkerProgram;
  readonly setting: WorkerSetting;
  /** Open files that it inherits as descriptors 3, 4, … in this order. */
  readonly descriptors: readonly number[];
  /** Milliseconds that one answer may take. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Starts a worker. Its whole group is killed when a deadline passes, when it answers nonsense, and at the end. */
export function startWorker({ program, setting, descriptors, deadline, signal }: WorkerStart): ImageWorker {
  const [command = "", ...args] = workerCommand(program);
  const child = spawn(command, args, {
    detached: true,
    cwd: "/",
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      NODE_ENV: "production",
      MALLOC_ARENA_MAX: "1",
      ...program.mark,
    },
    stdio: ["pipe", "pipe", "pipe", ...descriptors],
  });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new WorkerError("the image worker has no pipes");
  let gone: string | undefined;
  let complaint = "";
  let reaped = false;
  const kill = (): void => {
    if (child.pid === undefined || reaped) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  };
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      gone = error.message;
      resolve();
    });
    // What it may have started goes with it, now that its number is surely still its group's.
    child.once("exit", () => {
      kill();
      reaped = true;
    });
    child.once("close", (code, name) => {
      gone ??= `it ended with ${code ?? name}`;
      resolve();
    });
  });
  stdin.on("error", () => undefined);
  stderr.on("data", (part: Buffer) => {
    if (complaint.length < 2000) complaint += part.toString("latin1").slice(0, 2000);
  });
  signal.addEventListener("abort", kill, { once: true });
  const frames = readFrames(stdout as AsyncIterable<Uint8Array>);
  stdin.write(frame(Buffer.from(JSON.stringify(setting))));

  /** Hands a job over and waits for its answer, of which the whole has at most so many bytes. */
  const answer = async (
    job: WorkerJob,
    more: readonly Uint8Array[],
    limit: number,
  ): Promise<{ readonly short: Buffer; readonly whole: Buffer }> => {
    stdin.write(frame(Buffer.from(JSON.stringify(job))));
    for (const each of more) stdin.write(frame(each));
    const short = await frames.next(answerLimit);
    const whole = short === undefined ? undefined : await frames.next(limit);
    if (short === undefined || whole === undefined) {
      await ended;
      // Its own words are for root's log alone: an image may have put them there.
      throw new WorkerError(`the image worker gave no answer: ${gone ?? "it was stopped"} ${oneLine(complaint)}`);
    }
    return { short, whole };
  };

  async function inTime<T>(work: () => Promise<T>): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, deadline);
    try {
      return await work();
    } catch (error) {
      kill();
      if (late) throw new WorkerError(`the image worker took longer than ${deadline / 1000} s`, { cause: error });
      if (error instanceof AnswerError || error instanceof FrameError)
        throw new WorkerError(`the image worker's answer is none: ${error.message}`, { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    ask: (job, ...more) =>
      inTime(async () => {
        const { short, whole } = await answer(job, more, wholeLimit.packed);
        const read = parseAnswer(short);
        return "failed" in read ? read : { short: read, whole };
      }),
    layout: (job, blobs) => inTime(async () => parseLayoutAnswer((await answer(job, blobs, 0)).short)),
    beside: (job) =>
      inTime(async () => {
        const { short, whole } = await answer(job, [], besideLimit);
        const read = parseBesideAnswer(short);
        return "failed" in read ? read : { ...read, whole };
      }),
    read: (job) =>
      inTime(async () => {
        const { short, whole } = await answer(job, [], packedRecordLimit.packed);
        const read = parseLayerAnswer(short);
        return "failed" in read ? read : { complete: read.complete, record: whole };
      }),
    close: () => {
      signal.removeEventListener("abort", kill);
      kill();
    },
  };
}

const oneLine = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ").slice(-300);
