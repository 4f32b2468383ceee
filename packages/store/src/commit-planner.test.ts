import { describe, expect, it } from "vitest";
import { CommitPlanner, type PendingConflict, type PlannedCommit } from "./commit-planner.ts";
import { sqliteWarning } from "./sqlite-version.ts";
import { keyOfPath, storagePath } from "./store-key.ts";
import type { Put, StoredObject, StoreKey } from "./types.ts";

const key = (name: string): StoreKey => ({ group: "apps", resource: "deployments", namespace: "shop", name });
const put = (name: string, expected: number | undefined): Put => ({
  op: "put",
  key: key(name),
  expect: expected,
  bytes: (revision) => Buffer.from(String(revision)),
  labels: {},
  fields: {},
});

const settle = (): void => {};

function planner(durable: ReadonlyMap<string, StoredObject> = new Map()): CommitPlanner {
  return new CommitPlanner({
    revision: 10,
    maxObjectBytes: 100,
    durable: ({ name }) => durable.get(name),
    seal: (_, __, bytes) => bytes,
  });
}

const planned = (result: PlannedCommit | PendingConflict): PlannedCommit => {
  if ("behind" in result) throw result.error;
  return result;
};

describe("planning a commit", () => {
  it("numbers writes on from what was given out, and puts the number into the bytes", () => {
    const plan = planner();
    const first = planned(plan.plan({ writes: [put("a", 0), put("b", 0)] }, settle));
    const second = planned(plan.plan({ writes: [put("c", 0)] }, settle));
    const writes = [...first.writes, ...second.writes];
    expect(writes.map((write) => write.revision)).toEqual([11, 12, 13]);
    expect(writes.map((write) => Buffer.from(write.bytes).toString())).toEqual(["11", "12", "13"]);
    expect(first.writes[0]?.path).toBe("apps/deployments/shop/a");
  });

  it("names the commit that a conflict hangs on while that one is pending", () => {
    const plan = planner();
    const first = planned(plan.plan({ writes: [put("a", 0)] }, settle));
    const second = plan.plan({ writes: [put("a", 0)] }, settle);
    expect(second).toMatchObject({ behind: first, error: { code: "exists" } });
    const follows = planned(plan.plan({ writes: [put("a", 11)] }, settle));
    plan.done(first);
    expect(plan.plan({ writes: [put("a", 11)] }, settle)).toMatchObject({ behind: follows });
  });

  it("decides again against what is durable once all that was pending failed, and reuses no number", () => {
    const plan = planner();
    planned(plan.plan({ writes: [put("a", 0)] }, settle));
    plan.forget();
    expect(planned(plan.plan({ writes: [put("a", 0)] }, settle)).writes[0]?.revision).toBe(12);
  });

  it("changes nothing when one write of several cannot be", () => {
    const plan = planner();
    const failing: Put = { ...put("b", 0), bytes: () => Buffer.alloc(101) };
    expect(() => plan.plan({ writes: [put("a", 0), failing] }, settle)).toThrow(/101 bytes/);
    expect(planned(plan.plan({ writes: [put("a", 0)] }, settle)).writes[0]?.revision).toBe(11);
  });

  it("refuses a commit from within a commit, which could not be in order", () => {
    const plan = planner();
    const nested: Put = { ...put("a", 0), bytes: () => (plan.plan({ writes: [] }, settle), Buffer.alloc(0)) };
    expect(() => plan.plan({ writes: [nested] }, settle)).toThrow(/within/);
    expect(planned(plan.plan({ writes: [put("a", 0)] }, settle)).writes).toHaveLength(1);
  });
});

describe("storage path", () => {
  it("leads back to its key, and to no other", () => {
    expect(keyOfPath(storagePath(key("a:b.C")))).toEqual(key("a:b.C"));
    expect(keyOfPath("a/b/c")).toBeUndefined();
    expect(keyOfPath("a/b/c/d/e")).toBeUndefined();
  });

  it.each([
    { group: "A" },
    { resource: "" },
    { resource: "pods/exec" },
    { namespace: "../x" },
    { name: "a%2fb" },
    { name: "x".repeat(513) },
    { name: "a\u0000" },
  ])("is not made of %j", (part) => {
    expect(() => storagePath({ ...key("a"), ...part })).toThrow(
      expect.objectContaining({ code: "invalid-key" }) as Error,
    );
  });
});

describe("SQLite's version", () => {
  it("is warned about while it has the WAL-reset bug", () => {
    for (const safe of ["3.51.3", "3.52.0", "4.0.0", "3.53.4"]) expect(sqliteWarning(safe)).toBeUndefined();
    for (const unsafe of ["3.51.2", "3.9.9", undefined]) expect(sqliteWarning(unsafe)).toContain("write-ahead log");
  });
});
