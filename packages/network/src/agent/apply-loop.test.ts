import { silentLog } from "@bulkhead/api";
import { expect, test, vi } from "vitest";
import { createApplyLoop } from "./apply-loop.ts";

test("requests of one moment share one apply; one that comes while it runs has the next", async () => {
  let runs = 0;
  let release = (): void => {};
  const loop = createApplyLoop(async () => {
    runs++;
    await new Promise<void>((resolve) => (release = resolve));
  }, silentLog);
  const first = Promise.all([loop.request(), loop.request(), loop.request()]);
  await vi.waitFor(() => expect(runs).toBe(1));
  let secondDone = false;
  const second = loop.request().then(() => (secondDone = true));
  release();
  await first;
  expect(secondDone).toBe(false);
  await vi.waitFor(() => expect(runs).toBe(2));
  release();
  await second;
  await loop.close();
});

test("a failure is told to those who wait and tried again", async () => {
  let runs = 0;
  const loop = createApplyLoop(() => {
    runs++;
    return runs === 1 ? Promise.reject(new Error("no")) : Promise.resolve();
  }, silentLog);
  await expect(loop.request()).rejects.toThrow("no");
  await vi.waitFor(() => expect(runs).toBe(2), { timeout: 2_000 });
  await loop.close();
});

test("a closed loop refuses", async () => {
  const loop = createApplyLoop(() => Promise.resolve(), silentLog);
  await loop.close();
  await expect(loop.request()).rejects.toThrow(/closed/);
});
