import { expect, test } from "vitest";
import { digested } from "./change-digest.ts";

const record = (time: string, user: string): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      kind: "Event",
      verb: "create",
      user: { username: user },
      objectRef: { resource: "secrets", namespace: "shop", name: "db" },
      requestObject: { data: { password: "c2VjcmV0" } },
      responseStatus: { code: 201 },
      requestReceivedTimestamp: time,
    }),
  );
const none = new Uint8Array(32);
const chain = (instanceId: string, ...records: readonly Uint8Array[]) => ({
  instanceId,
  count: () => records.length,
  *rows(from: number) {
    for (const [i, each] of records.entries())
      if (i + 1 >= from) yield { seq: i + 1, record: each, previous: none, hash: none };
  },
});
const first = record("2026-11-21T10:00:00.000000Z", "alice");
const second = record("2026-11-22T10:00:00.000000Z", "bob");
const now = "2026-11-22T12:00:00.000Z";

test("a digest goes on where it ended, and takes in nothing of what was written", () => {
  const before = digested(undefined, chain("a", first), now);
  expect(before).toMatchObject({ from: "2026-11-21T10:00:00.000000Z", last: 1, chain: "a" });
  const after = digested(before, chain("a", first, second), now);
  expect(after.days.map(({ day, changes }) => [day, changes[0]?.who, changes[0]?.times])).toEqual([
    ["2026-11-21", "alice", 1],
    ["2026-11-22", "bob", 1],
  ]);
  expect(JSON.stringify(after)).not.toContain("c2VjcmV0");
});

test("another chain, and one that was put back to an earlier end, begin anew", () => {
  const before = digested(undefined, chain("a", first, second), now);
  expect(digested(before, chain("b", second), now)).toMatchObject({
    chain: "b",
    last: 1,
    days: [{ day: "2026-11-22" }],
  });
  expect(digested(before, chain("a", first), now)).toMatchObject({ last: 1, days: [{ day: "2026-11-21" }] });
});

test("of days that were let go it does not say that it knows them", () => {
  const records = Array.from({ length: 40 }, (_, i) =>
    record(new Date(Date.UTC(2026, 9, 1 + i, 9)).toISOString(), "a"),
  );
  const digest = digested(undefined, chain("a", ...records), now);
  expect(digest.from).toBe(`${digest.days[0]?.day}T00:00:00Z`);
  expect(digest.days[0]?.day).toBe("2026-10-10");
});
