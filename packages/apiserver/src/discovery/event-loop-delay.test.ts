import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { EventLoopDelay } from "./event-loop-delay.ts";

test("says how late the loop ran since it was last asked", async () => {
  const delay = new EventLoopDelay();
  expect([...delay.lines()]).toEqual(["# TYPE bulkhead_event_loop_delay_seconds gauge"]);
  await pause(60);
  const lines = [...delay.lines()];
  delay.close();
  expect(lines.map((line) => line.split(" ")[0])).toEqual([
    "#",
    'bulkhead_event_loop_delay_seconds{quantile="0.5"}',
    'bulkhead_event_loop_delay_seconds{quantile="0.99"}',
    'bulkhead_event_loop_delay_seconds{quantile="1"}',
  ]);
  expect(lines.slice(1).every((line) => Number(line.split(" ")[1]) > 0)).toBe(true);
});
