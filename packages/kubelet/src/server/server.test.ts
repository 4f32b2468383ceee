import { describe, expect, test } from "vitest";
import { logOptions } from "./query.ts";
import { cpuWorked } from "./stats.ts";

const of = (query: string) => logOptions(new URLSearchParams(query), 100_000);

describe("log options", () => {
  test("nothing asked", () => {
    expect(of("")).toEqual({
      follow: false,
      previous: false,
      timestamps: false,
      tailLines: undefined,
      limitBytes: undefined,
      since: undefined,
      stream: "All",
    });
  });
  test("all asked", () => {
    expect(of("follow=true&previous=1&timestamps=true&tailLines=0&limitBytes=5&sinceSeconds=10&stream=Stdout")).toEqual(
      {
        follow: true,
        previous: true,
        timestamps: true,
        tailLines: 0,
        limitBytes: 5,
        since: 90_000,
        stream: "Stdout",
      },
    );
  });
  test.each(["tailLines=x", "limitBytes=-1", "sinceTime=soon", "stream=Both", "tailLines=1e3"])(
    "%s is refused",
    (query) => {
      expect(() => of(query)).toThrow();
    },
  );
});

test("work of all CPUs, idle and waiting left out", () => {
  expect(cpuWorked("cpu  1 2 3 100 100 4 5 6 0 0\ncpu0 1\n")).toBe(210_000_000);
});
