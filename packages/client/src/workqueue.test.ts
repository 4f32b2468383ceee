import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createWorkqueue } from "./workqueue.ts";

describe("workqueue", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("works on a key once however often it was added, in order", async () => {
    const stop = new AbortController();
    const queue = createWorkqueue();
    for (const key of ["b", "a", "b", "c"]) queue.add(key);
    const done: string[] = [];
    const running = queue.run(
      1,
      async (key) => {
        done.push(key);
      },
      stop.signal,
    );
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toEqual(["b", "a", "c"]);
    stop.abort();
    await running;
  });

  it("never has two workers on one key, and works once more on what was added meanwhile", async () => {
    const stop = new AbortController();
    const queue = createWorkqueue();
    let busy = 0;
    let most = 0;
    let times = 0;
    const running = queue.run(
      4,
      async () => {
        most = Math.max(most, ++busy);
        times++;
        if (times === 1) {
          queue.add("a");
          queue.add("a");
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
        busy--;
      },
      stop.signal,
    );
    queue.add("a");
    await vi.advanceTimersByTimeAsync(100);
    expect({ most, times }).toEqual({ most: 1, times: 2 });
    stop.abort();
    await running;
  });

  it("retries with doubling waits, from the start again after a success", async () => {
    const stop = new AbortController();
    const queue = createWorkqueue({ backoffBase: 10 });
    const at: number[] = [];
    const from = Date.now();
    const running = queue.run(
      1,
      async () => {
        at.push(Date.now() - from);
        if (at.length !== 3) throw new Error("not yet");
      },
      stop.signal,
    );
    queue.add("a");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(at).toEqual([0, 10, 30]);
    queue.add("a");
    await vi.advanceTimersByTimeAsync(15);
    expect(at).toEqual([0, 10, 30, 1_000, 1_010]);
    stop.abort();
    await running;
  });

  it("keeps the earlier of two times", async () => {
    const stop = new AbortController();
    const queue = createWorkqueue();
    const at: number[] = [];
    const from = Date.now();
    const running = queue.run(
      1,
      async () => {
        at.push(Date.now() - from);
      },
      stop.signal,
    );
    queue.addAfter("a", 500);
    queue.addAfter("a", 100);
    queue.addAfter("a", 900);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(at).toEqual([100]);
    stop.abort();
    await running;
  });

  it("stops at the signal after the work at hand", async () => {
    const stop = new AbortController();
    const queue = createWorkqueue();
    let ended = false;
    const running = queue.run(
      1,
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        ended = true;
      },
      stop.signal,
    );
    queue.add("a");
    queue.add("b");
    await vi.advanceTimersByTimeAsync(1);
    stop.abort();
    await vi.advanceTimersByTimeAsync(100);
    await running;
    expect(ended).toBe(true);
  });
});
