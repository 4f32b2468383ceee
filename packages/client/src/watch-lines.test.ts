import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineSplitter } from "./watch-lines.ts";

describe("line splitter", () => {
  it("gives the same lines however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-zé{}" ]{1,20}$/), { maxLength: 10 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 20 }),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
          const split = createLineSplitter(1000);
          const got: string[] = [];
          let at = 0;
          for (const cut of cuts) {
            got.push(...split(bytes.subarray(at, at + cut)).map(String));
            at += cut;
          }
          got.push(...split(bytes.subarray(at)).map(String));
          expect(got).toEqual(lines);
        },
      ),
    );
  });

  it("throws on a line beyond the bound, whole or in parts", () => {
    expect(() => createLineSplitter(4)(Buffer.from("12345\n"))).toThrow(/longer than 4 bytes/);
    const split = createLineSplitter(4);
    split(Buffer.from("123"));
    expect(() => split(Buffer.from("45"))).toThrow(/longer than 4 bytes/);
  });

  it("drops a last line that was cut off", () => {
    expect(createLineSplitter(10)(Buffer.from("a\nb")).map(String)).toEqual(["a"]);
  });
});
