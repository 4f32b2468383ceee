import { Worker } from "node:worker_threads";
import { StoreError } from "./store-error.ts";
import type { StoreErrorCode } from "./types.ts";
import type { WriterAnswer, WriterTask } from "./writer.ts";

export interface WriterStart {
  readonly file: string;
  readonly instanceId: string;
}

export interface WriterRequest {
  readonly task: WriterTask | "close";
}

export type WriterReply =
  | { readonly seconds: number; readonly answer: WriterAnswer; readonly failure?: undefined }
  | {
      readonly seconds: number;
      readonly answer?: undefined;
      readonly failure: { readonly code: StoreErrorCode; readonly message: string };
    };

type Settle = (error: StoreError | undefined, answer: WriterAnswer | undefined) => void;

/** The main thread's end of the writer. One task is under way at a time; the caller keeps to that. */
export class WriterLink {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #exited: Promise<void>;
  #settle: Settle | undefined;
  #dead: StoreError | undefined;
  /** Seconds spent in tasks so far. */
  seconds = 0;

  private constructor(start: WriterStart, url: URL | string) {
    this.#file = start.file;
    this.#worker = new Worker(url, {
      workerData: start,
      name: "store-writer",
      stdin: false,
      // It keeps nothing but the batch at hand.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    this.#worker.on("message", (message: WriterReply) => this.#receive(message));
    this.#worker.on("error", (error: unknown) => this.#die(`the store's writer failed: ${String(error)}`, error));
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#die("the store's writer has ended", undefined);
        resolve();
      });
    });
  }

  /** Starts the thread and waits until it has the database open. */
  static async start(start: WriterStart, url: URL | string): Promise<{ link: WriterLink; answer: WriterAnswer }> {
    const link = new WriterLink(start, url);
    const answer = await new Promise<WriterAnswer>((resolve, reject) => {
      link.#settle = (error, opened) => (opened === undefined ? reject(error as Error) : resolve(opened));
    });
    return { link, answer };
  }

  /** Why no task can be run any more; undefined while one can. */
  get dead(): StoreError | undefined {
    return this.#dead;
  }

  /** Runs one task; `settle` is called once, never from within this call. */
  run(task: WriterTask, settle: Settle): void {
    if (this.#dead !== undefined) {
      const error = this.#dead;
      setImmediate(() => settle(error, undefined));
      return;
    }
    this.#settle = settle;
    const transfer = task.do === "batch" ? [task.packed] : [];
    this.#worker.postMessage({ task } satisfies WriterRequest, transfer);
  }

  /** Closes the database and waits for the thread's end. */
  async close(): Promise<void> {
    if (this.#dead === undefined) this.#worker.postMessage({ task: "close" } satisfies WriterRequest);
    await this.#exited;
  }

  #receive(message: WriterReply): void {
    this.seconds += message.seconds;
    const settle = this.#settle;
    this.#settle = undefined;
    if (message.failure === undefined) settle?.(undefined, message.answer);
    else {
      const { code, message: why } = message.failure;
      const advice = code === "full" ? "; free some space, writing goes on by itself" : "";
      settle?.(new StoreError(code, `${this.#file}: ${why}${advice}`), undefined);
    }
  }

  #die(message: string, cause: unknown): void {
    this.#dead ??= new StoreError("closed", message, cause);
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(this.#dead, undefined);
  }
}
