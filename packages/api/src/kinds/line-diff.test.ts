import fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "./line-diff.ts";

/** Applies a difference; throws where its context does not fit. */
function patched(before: string, difference: string): string {
  const lines = before.split("\n");
  const out: string[] = [];
  let at = 0;
  for (const line of difference.split("\n").slice(0, -1)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+\S+ @@$/.exec(line);
    if (hunk !== null) {
      const from = hunk[2] === "0" ? Number(hunk[1]) : Number(hunk[1]) - 1;
      out.push(...lines.slice(at, from));
      at = from;
    } else if (line.startsWith("+")) out.push(line.slice(1));
    else {
      expect(lines[at]).toBe(line.slice(1));
      if (line.startsWith(" ")) out.push(line.slice(1));
      at++;
    }
  }
  return [...out, ...lines.slice(at)].join("\n");
}

test("equal texts have none", () => {
  expect(unifiedDiff("a\nb", "a\nb")).toBe("");
});

test("changes stand among three lines of context", () => {
  const before = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].join("\n");
  expect(unifiedDiff(before, before.replace("5", "five"))).toBe("@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
});

test("changes far apart are hunks of their own", () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
  const after = lines.with(2, "x").with(25, "y");
  expect(unifiedDiff(lines.join("\n"), after.join("\n")).match(/^@@/gm)).toHaveLength(2);
});

test("texts too long to compare differ in one piece, which still says all", () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index % 150}`);
  const after = [...lines.slice(0, 500), "new", ...lines.slice(600, 19_000), "x", ...lines.slice(19_000)];
  const difference = unifiedDiff(lines.join("\n"), after.join("\n"));
  expect(difference.match(/^@@/gm)).toHaveLength(1);
  expect(patched(lines.join("\n"), difference)).toBe(after.join("\n"));
});

test("what a difference says makes one text of the other", () => {
  const texts = fc.array(fc.constantFrom("a", "b", "c", "{", "}", ""), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const [before, after] = [a.join("\n"), b.join("\n")];
      const difference = unifiedDiff(before, after);
      expect(patched(before, difference)).toBe(after);
      expect(difference === "").toBe(before === after);
    }),
    { numRuns: 400 },
  );
});
