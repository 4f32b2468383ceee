import { get } from "node:http";

/** What became of all visits: those that were answered as they should be, and what went wrong with the others. */
export interface Visits {
  readonly answered: number;
  readonly lost: readonly string[];
}

/** One visit; resolves to what was wrong with it, or to nothing. */
export type Visit = () => Promise<string | undefined>;

/** One visit on a connection of its own: nothing is kept alive, nothing is asked twice. */
export const freshVisit =
  (address: string, word: string): Visit =>
  () =>
    new Promise((resolve) => {
      const call = get(address, { agent: false, timeout: 10_000, headers: { connection: "close" } }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece: string) => (text += piece));
        answer.once("error", (error) => resolve(error.message));
        answer.once("end", () =>
          resolve(
            answer.statusCode === 200 && text.includes(word) ? undefined : `answered ${answer.statusCode}: ${text}`,
          ),
        );
      });
      call.once("timeout", () => call.destroy(new Error("no answer in ten seconds")));
      call.once("error", (error) => resolve(error.message));
    });

/** One visit on whatever connection is kept; `read` says what is wrong with an answer's text. */
export const keptVisit =
  (address: string, read: (text: string, code: number) => string | undefined, patience = 10_000): Visit =>
  async () => {
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(patience) });
      return read(await answer.text(), answer.status);
    } catch (error) {
      return error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error);
    }
  };

/** Visitors come again and again, `pause` ms apart each, until the call that ends them. */
export function visitors(visit: Visit, { count = 4, pause = 20 } = {}): () => Promise<Visits> {
  let going = true;
  let answered = 0;
  const lost: string[] = [];
  const one = async (): Promise<void> => {
    while (going) {
      const fault = await visit();
      if (fault === undefined) answered++;
      else lost.push(`${new Date().toISOString()} ${fault}`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  const all = Promise.all(Array.from({ length: count }, one));
  return async () => {
    going = false;
    await all;
    return { answered, lost };
  };
}
