import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MachineLockError, withMachineLock } from "./machine-lock.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "machine-lock-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("one at a time, whoever takes the file away in between", async () => {
  const file = join(folder, "lock");
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 12 }, (_, n) => withMachineLock(work, { file, remove: n % 3 === 0 })));
  expect(most).toBe(1);
  await withMachineLock(work, { file, remove: true });
  expect(existsSync(file)).toBe(false);
});

test("work that fails lets go, and its answer comes through", async () => {
  const file = join(folder, "fails");
  await expect(withMachineLock(() => Promise.reject(new Error("no")), { file })).rejects.toThrow("no");
  expect(await withMachineLock(async () => 7, { file })).toBe(7);
});

test("a file that cannot be is told", async () => {
  const file = join(folder, "nowhere", "lock");
  await expect(withMachineLock(async () => 1, { file })).rejects.toThrow(MachineLockError);
});
