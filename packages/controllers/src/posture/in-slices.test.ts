import { setImmediate } from "node:timers/promises";
import type { Steps } from "@bulkhead/analysis";
import { expect, test } from "vitest";
import { createSlices } from "./in-slices.ts";

function* counting(to: number, said: string[], name: string): Steps<number> {
  for (let n = 0; n < to; n++) {
    said.push(`${name}${n}`);
    yield;
  }
  return to;
}

test("pieces of work are done one after the other, and others have their turns between their slices", async () => {
  const slices = createSlices(new AbortController().signal, 0);
  const said: string[] = [];
  const work = Promise.all([
    slices.run(() => counting(3, said, "a")),
    slices.look(() => said.push("look")),
    slices.run(() => counting(2, said, "b")),
  ]);
  let turns = 0;
  let done = false;
  void work.then(() => {
    done = true;
  });
  while (!done) {
    await setImmediate();
    turns += 1;
  }
  expect(await work).toEqual([3, 4, 2]);
  expect(said).toEqual(["a0", "a1", "a2", "look", "b0", "b1"]);
  expect(turns).toBeGreaterThan(5);
});

test("what fails fails alone", async () => {
  const slices = createSlices(new AbortController().signal);
  const failing = slices.look(() => {
    throw new Error("no");
  });
  const after = slices.run(() => counting(1, [], ""));
  await expect(failing).rejects.toThrow("no");
  expect(await after).toBe(1);
});

test("work is not gone on with once we are to stop", async () => {
  const stop = new AbortController();
  const slices = createSlices(stop.signal, 0);
  const said: string[] = [];
  const work = slices.run(function* (): Steps<void> {
    yield* counting(1, said, "a");
    stop.abort(new Error("stop"));
    yield* counting(5, said, "b");
  });
  await expect(work).rejects.toThrow("stop");
  expect(said).toEqual(["a0", "b0"]);
});
