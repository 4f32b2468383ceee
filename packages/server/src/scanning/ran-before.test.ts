import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRanBefore } from "./ran-before.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ran-before-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const digest = (n: number): string => `sha256:${n.toString(16).padStart(64, "0")}`;

test("what ran is known to the next process, in its namespace alone, and written once", async () => {
  const path = join(folder, "known", "ran");
  const ran = await openRanBefore(path);
  expect(ran.has("uid-a", digest(1))).toBe(false);
  await Promise.all([ran.add("uid-a", digest(1)), ran.add("uid-a", digest(2)), ran.add("uid-b", digest(3))]);
  await ran.add("uid-a", digest(1));
  expect((await readFile(path, "utf8")).trim().split("\n")).toHaveLength(3);
  const next = await openRanBefore(path);
  expect([next.has("uid-a", digest(1)), next.has("uid-b", digest(3)), next.has("uid-b", digest(1))]).toEqual([
    true,
    true,
    false,
  ]);
});

test("a line that was torn is none, and spoils no other", async () => {
  const path = join(folder, "torn");
  await (await openRanBefore(path)).add("uid-a", digest(1));
  await appendFile(path, `uid-a ${digest(2).slice(0, 30)}`);
  const ran = await openRanBefore(path);
  await ran.add("uid-a", digest(3));
  const next = await openRanBefore(path);
  expect([1, 2, 3].map((n) => next.has("uid-a", digest(n)))).toEqual([true, false, true]);
});

test("a namespace that is gone takes its memory along", async () => {
  const path = join(folder, "gone");
  const ran = await openRanBefore(path);
  await ran.add("uid-a", digest(1));
  await ran.add("uid-b", digest(1));
  await ran.keep(new Set(["uid-b"]));
  for (const each of [ran, await openRanBefore(path)])
    expect([each.has("uid-a", digest(1)), each.has("uid-b", digest(1))]).toEqual([false, true]);
});

test("of one namespace the oldest is forgotten beyond 5,000", async () => {
  const path = join(folder, "many");
  await appendFile(path, Array.from({ length: 5001 }, (_, n) => `uid-a ${digest(n)}\n`).join(""));
  const ran = await openRanBefore(path);
  expect([ran.has("uid-a", digest(0)), ran.has("uid-a", digest(1)), ran.has("uid-a", digest(5000))]).toEqual([
    false,
    true,
    true,
  ]);
});

test("what names no digest is not written", () => {
  return openRanBefore(join(folder, "bad")).then((ran) => {
    expect(() => ran.add("uid-a\nuid-b", digest(1))).toThrow(TypeError);
    expect(() => ran.add("uid-a", "latest")).toThrow(TypeError);
  });
});
