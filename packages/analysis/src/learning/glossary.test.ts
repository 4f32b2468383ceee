import { expect, test } from "vitest";
import { terms } from "./glossary.ts";

test("every term is two sentences, stands once, and leads to terms that are there", () => {
  const words = terms.flatMap(({ name, also = [] }) => [name, ...also]);
  expect(new Set(words).size).toBe(words.length);
  expect(terms.length).toBeGreaterThanOrEqual(40);
  expect(terms.map(({ name }) => name)).toEqual(terms.map(({ name }) => name).toSorted());
  for (const { name, says, see = [] } of terms) {
    expect(says.match(/[.](?= [A-Z]|$)/g), name).toHaveLength(2);
    for (const other of see)
      expect(
        terms.map((term) => term.name),
        `${name}: ${other}`,
      ).toContain(other);
    expect(name).toBe(name.toLowerCase());
  }
});
