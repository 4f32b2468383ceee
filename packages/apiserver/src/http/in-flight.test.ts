import { expect, test } from "vitest";
import { InFlight } from "./in-flight.ts";

test("each class has its own cap, and a place given back is free", () => {
  const flights = new InFlight({ maxReads: 1, maxWrites: 1, maxLongRunning: 2 });
  flights.enter("read");
  flights.enter("write");
  expect(() => flights.enter("read")).toThrow(expect.objectContaining({ code: 429 }));
  expect(flights.refused).toBe(1);
  flights.leave("read");
  flights.enter("read");
  expect(flights.count("read")).toBe(1);
});
