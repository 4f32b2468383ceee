import { PassThrough, type Readable } from "node:stream";
import { expect, test } from "vitest";
import type { Exchange } from "./exchange.ts";
import { send } from "./send.ts";

/** An exchange whose answer can be read. */
function exchange(): { readonly exchange: Exchange; readonly output: Readable; readonly aborted: () => boolean } {
  const output = new PassThrough();
  let aborted = false;
  return {
    output,
    aborted: () => aborted,
    exchange: {
      method: "GET",
      url: "/",
      headers: {},
      peer: { address: "", certificate: undefined },
      input: new PassThrough(),
      output,
      headSent: false,
      head: () => {},
      abort: () => {
        aborted = true;
        output.destroy();
      },
      onClose: () => {},
    },
  };
}

const parts = (sizes: readonly number[]): Buffer[] => sizes.map((size, at) => Buffer.alloc(size, 65 + (at % 26)));

test.each([
  ["nothing", []],
  ["a few small pieces", [3, 5, 0, 7]],
  ["a large piece behind small ones", [10, 300_000, 1]],
  ["pieces that fill slices to the byte", [65_536, 65_536, 65_536]],
  ["thousands of pieces", Array.from({ length: 5000 }, (_, at) => (at % 2 === 0 ? 1 : 500 + (at % 777)))],
])("%s arrives as it was", async (_, sizes) => {
  const { exchange: to, output } = exchange();
  const wanted = parts(sizes);
  const got: Buffer[] = [];
  output.on("data", (chunk: Buffer) => got.push(Buffer.from(chunk)));
  const ended = new Promise((resolve) => output.on("end", resolve));
  await send(to, 200, {}, wanted, 10_000);
  await ended;
  expect(Buffer.concat(got).equals(Buffer.concat(wanted))).toBe(true);
});

test("a client that takes nothing is cut off", async () => {
  const { exchange: to, aborted } = exchange();
  await send(to, 200, {}, parts([400_000]), 20);
  expect(aborted()).toBe(true);
});
