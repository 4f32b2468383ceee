import { get } from "node:http";

/** What became of all visits: those that were answered as they should be, and what went wrong with the others. */
export interface Visits {
  readonly answered: number;
  readonly lost: readonly string[];
}

/** One visit on a connection of its own: nothing is kept alive, nothing is asked twice. */
const visit = (address: string, word: string): Promise<string | undefined> =>
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

/** Four visitors come again and again until the call that ends them; each visit must be answered with the word. */
export function visitors(address: string, word: string): () => Promise<Visits> {
  let going = true;
  let answered = 0;
  const lost: string[] = [];
  const one = async (): Promise<void> => {
    while (going) {
      const fault = await visit(address, word);
      if (fault === undefined) answered++;
      else lost.push(`${new Date().toISOString()} ${fault}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const all = Promise.all([one(), one(), one(), one()]);
  return async () => {
    going = false;
    await all;
    return { answered, lost };
  };
}
