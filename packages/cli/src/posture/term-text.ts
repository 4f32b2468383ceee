import { type Term, terms } from "@bulkhead/analysis";
import { paint } from "../output/print.ts";
import { wrapped } from "../output/wrapped.ts";

/** The term that goes by this name, if any. Apart from the rest of `explain`, which takes a quarter of a second to load. */
export function termNamed(word: string): Term | undefined {
  const plain = word.toLowerCase().replace(/[-_]/g, " ").trim();
  return terms.find(({ name, also = [] }) => [name, ...also].some((each) => each.replace(/-/g, " ") === plain));
}

export const termText = ({ name, says, see = [] }: Term): string =>
  [
    paint("bold", name),
    ...wrapped(says),
    ...(see.length === 0 ? [] : [paint("dim", `  see also: ${see.join(", ")}`)]),
  ].join("\n");
