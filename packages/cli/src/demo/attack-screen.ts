import { columns, harmless, paint } from "../output/print.ts";
import type { MadeMove } from "./attack.ts";

const places: Readonly<Record<MadeMove["place"], string>> = {
  inside: "code inside web",
  token: "web's token, from outside",
  admin: "even as an administrator",
};

const wrap = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

/** One move as one or two lines. */
export function moveText(move: MadeMove, width: number): string {
  const head = `${move.succeeded ? paint(["red", "bold"], "SUCCEEDED") : paint("green", "refused  ")}  ${paint("bold", move.title)} ${paint("dim", `(${places[move.place]})`)}`;
  const by = move.succeeded
    ? `           ${harmless(move.answer)}`
    : `           ${harmless(move.answer)} by ${paint("cyan", harmless(move.refusedBy ?? "the packet rules"))}: ${wrap(harmless(move.why ?? ""), Math.max(40, width - 30))}`;
  return `${head}\n${by}`;
}

/** The last line. */
export function attackSummary(moves: readonly MadeMove[]): string {
  const got = moves.filter((m) => m.succeeded).length;
  return got === 0
    ? paint("green", `${moves.length} moves made just now, ${moves.length} refused.`)
    : paint("red", `${moves.length} moves made just now, ${got} of them succeeded.`);
}

/** Two attacks side by side: upstream's defaults and ours. */
export function comparison(ours: readonly MadeMove[], upstream: readonly MadeMove[]): string {
  const mark = (move: MadeMove | undefined): string =>
    move === undefined
      ? "-"
      : move.succeeded
        ? paint("red", `succeeded: ${wrap(harmless(move.answer), 34)}`)
        : paint("green", `refused by ${wrap(harmless(move.refusedBy ?? move.answer), 40)}`);
  return columns([
    ["MOVE", "UPSTREAM'S DEFAULTS", "BULKHEAD"].map((c) => paint("dim", c)),
    ...ours.map((move) => [move.title, mark(upstream.find((u) => u.title === move.title)), mark(move)]),
  ]);
}
