import { controls, terms } from "@bulkhead/analysis";
import { expect, test } from "vitest";
import { termNamed, termText } from "./term-text.ts";

test("a term goes by each of its names, written in any way", () => {
  for (const term of terms)
    for (const name of [term.name, ...(term.also ?? [])])
      for (const written of [name, name.toUpperCase(), name.replaceAll(" ", "-"), ` ${name}`])
        expect(termNamed(written), written).toBe(term);
  expect(termNamed("no such term")).toBeUndefined();
});

test("a term takes no control's place, whose name is asked for the same way", () => {
  expect(controls.map(({ id }) => id).filter((id) => termNamed(id) !== undefined)).toEqual([]);
});

test("its text says what it is and what to see", () => {
  const [term] = terms.filter(({ see }) => see !== undefined);
  const text = termText(term ?? { name: "", says: "" });
  expect(text).toContain(term?.name);
  expect(text).toContain(`see also: ${term?.see?.join(", ")}`);
});
