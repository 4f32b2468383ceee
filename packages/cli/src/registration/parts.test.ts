import { Command } from "commander";
import { expect, test } from "vitest";
import { parts, partsFor } from "./parts.ts";

test.each(parts.map((part) => [part.words.join(", "), part] as const))("%s: just these words", (_, part) => {
  const program = new Command();
  part.register(program);
  expect(program.commands.map((command) => command.name())).toEqual(part.words);
});

test("a word takes its part alone; none, and one that is none, take all", () => {
  expect(partsFor("reset")).toEqual([parts[0]]);
  for (const word of [undefined, "help", "--help", "resett"]) expect(partsFor(word)).toEqual(parts);
});
