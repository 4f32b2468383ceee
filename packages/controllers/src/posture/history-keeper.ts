import type { Finding } from "@bulkhead/analysis";
import type { PostureHistory, RecordedState } from "@bulkhead/api";
import { hasReason, postureHistories } from "@bulkhead/client";
import type { ControllerContext } from "../controller.ts";
import { HistoryRecorder } from "./history-recorder.ts";

/** Records that are kept: about two years of months. */
const most = 24;
/** Without news a record is written again after so many milliseconds: until then it is known that somebody looked. */
const writeAgain = 300_000;

/** Keeps the records of how controls stood in the API. */
export class HistoryKeeper {
  readonly #context: ControllerContext;
  #recorder: HistoryRecorder | undefined;
  #writtenAt = 0;
  /** Records, by name, that are to be written; they stay until they are. */
  readonly #owed = new Map<string, PostureHistory>();
  #isNews = false;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** Told of each finding that appears, so that what fails for a moment only is recorded too. */
  appeared(findings: readonly Finding[]): void {
    for (const { outcome, control } of findings)
      if (outcome === "fail") this.#recorder?.sawFailing(control.id, this.#context.now());
  }

  /** Takes down how controls stand, and writes it where there is news or long nothing was written. */
  async keep(states: ReadonlyMap<string, RecordedState>): Promise<void> {
    const { now } = this.#context;
    try {
      this.#recorder ??= new HistoryRecorder(await this.#newest());
      const at = now();
      const { records, isNews } = this.#recorder.sample(states, at);
      for (const record of records) this.#owed.set(record.metadata.name ?? "", record);
      this.#isNews ||= isNews;
      if (!this.#isNews && at - this.#writtenAt < writeAgain) return;
      const several = this.#owed.size > 1;
      for (const [name, record] of this.#owed) {
        await this.#put(record);
        this.#owed.delete(name);
      }
      this.#recorder.wrote(at);
      this.#isNews = false;
      this.#writtenAt = at;
      if (several) await this.#forget();
    } catch (error) {
      // The kind itself is not there (yet).
      if (!hasReason(error, "NotFound")) throw error;
      this.#recorder = undefined;
    }
  }

  async #all(): Promise<readonly PostureHistory[]> {
    const { items } = await this.#context.client.list(postureHistories);
    return items.toSorted((a, b) => Date.parse(a.history.from) - Date.parse(b.history.from));
  }

  async #newest(): Promise<PostureHistory["history"] | undefined> {
    return (await this.#all()).at(-1)?.history;
  }

  async #put(record: PostureHistory): Promise<void> {
    const { client } = this.#context;
    const name = { namespace: "", name: record.metadata.name ?? "" };
    try {
      const { metadata } = await client.get(postureHistories, name);
      await client.update(postureHistories, { ...record, metadata });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      await client.create(postureHistories, record);
    }
  }

  async #forget(): Promise<void> {
    const all = await this.#all();
    for (const { metadata } of all.slice(0, Math.max(0, all.length - most)))
      await this.#context.client
        .delete(postureHistories, { namespace: "", name: metadata.name ?? "" })
        .catch((error: unknown) => {
          if (!hasReason(error, "NotFound")) throw error;
        });
  }
}
