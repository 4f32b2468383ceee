import fc from "fast-check";
import { expect, test } from "vitest";
import { cssString } from "./markup.ts";

test("property: what stands in a style sheet ends neither its string nor its element, and is read back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const css = cssString(text);
      expect(css).toMatch(/^"(?:[\w :/.,-]|\\[0-9a-f]{1,6} )*"$/);
      const read = css
        .slice(1, -1)
        .replace(/\\([0-9a-f]{1,6}) /g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
      expect(read).toBe(text.replace(/\p{Cc}/gu, " "));
    }),
  );
});
