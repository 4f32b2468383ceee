import { type KubeObject, StatusError } from "@bulkhead/api";
import type { Client, Resource } from "@bulkhead/client";
import { expect, test } from "vitest";
import { publishedForBriefs } from "./facts.ts";

const missing = new StatusError({ code: 404, reason: "NotFound", message: "there is none" });

/** A client to which these objects are all there is of their kinds. */
const holding = (objects: Readonly<Record<string, readonly object[]>>): Client => {
  const of = ({ kind }: Resource): readonly object[] => {
    const found = objects[kind];
    if (found === undefined) throw missing;
    return found;
  };
  return {
    list: (resource: Resource) => Promise.resolve().then(() => ({ items: of(resource) })),
    get: (resource: Resource) => Promise.resolve().then(() => of(resource)[0] as KubeObject),
  } as unknown as Client;
};
const digest = (from: string, to: string, day: string) => ({
  digest: { from, to, chain: "a", last: 1, days: [{ day, refused: 0, changes: [], left: 0 }] },
});

test("where nobody has published anything, each part says so", async () => {
  const { currency, changes, sources } = await publishedForBriefs(holding({}));
  expect([currency, changes, sources]).toEqual([
    { why: expect.stringContaining("has not summed it up") },
    { why: expect.stringContaining("no machine has told of it") },
    { why: expect.stringContaining("no machine has told of it") },
  ]);
  const empty = await publishedForBriefs(holding({ ChangeDigest: [], MachineInventory: [] }));
  expect(empty.changes).toEqual(changes);
  expect(empty.sources).toEqual(sources);
});

test("of several machines what is known begins with the last and ends with the first", async () => {
  const { changes, sources } = await publishedForBriefs(
    holding({
      ChangeDigest: [
        digest("2026-11-01T00:00:00Z", "2026-11-22T08:00:00Z", "2026-11-21"),
        digest("2026-11-05T00:00:00Z", "2026-11-22T05:00:00Z", "2026-11-22"),
      ],
      MachineInventory: [
        { machine: { sources: [{ name: "debian" }, { name: "kev", stale: "frozen" }] } },
        { machine: { sources: [{ name: "debian" }] } },
      ],
    }),
  );
  expect(changes).toMatchObject({
    told: {
      from: "2026-11-05T00:00:00Z",
      to: "2026-11-22T05:00:00Z",
      days: [{ day: "2026-11-21" }, { day: "2026-11-22" }],
    },
  });
  expect(sources).toEqual({ told: [{ name: "debian" }, { name: "kev", stale: "frozen" }] });
});
