import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdvisoryError } from "./advisory-error.ts";
import { jsonMembers } from "./json-members.ts";

async function* inPieces(text: string, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of [...at, bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function members(text: string, cuts: readonly number[] = []): Promise<[string, unknown][]> {
  const found: [string, unknown][] = [];
  for await (const { key, bytes } of jsonMembers(inPieces(text, cuts), "test"))
    found.push([key, JSON.parse(Buffer.from(bytes).toString())]);
  return found;
}

describe("jsonMembers", () => {
  it("gives each member of an object, wherever the bytes are cut", async () => {
    const dictionary = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(
        dictionary,
        fc.array(fc.nat(5000)),
        fc.constantFrom(undefined, 1),
        async (value, cuts, indent) => {
          const text = JSON.stringify(value, undefined, indent);
          const plain = JSON.parse(text) as Record<string, unknown>;
          expect(await members(text, cuts)).toEqual(Object.entries(plain));
        },
      ),
    );
  });

  it("refuses what is not one whole object", async () => {
    const broken = [
      "",
      "[]",
      '{"a":1',
      '{"a":1}x',
      '{"a" 1}',
      '{"a":1]',
      "{:1}",
      '{"a":}',
      `{"a":${"[".repeat(100)}${"]".repeat(100)}}`,
    ];
    for (const text of broken) await expect(members(text), text).rejects.toBeInstanceOf(AdvisoryError);
  });
});
