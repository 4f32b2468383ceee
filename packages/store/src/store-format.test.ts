import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { connect, openDatabase } from "./schema.ts";
import { formatSteps, stepsBetween, storeFormat } from "./store-format.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-store-format-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the steps between formats", () => {
  const steps = [
    { from: 1, to: 2, sql: "a" },
    { from: 2, to: 4, sql: "b" },
  ];
  test("are those in between, in order", () => {
    expect(stepsBetween(1, 4, steps)?.map(({ sql }) => sql)).toEqual(["a", "b"]);
    expect(stepsBetween(4, 4, steps)).toEqual([]);
  });
  test.each([
    [1, 3],
    [4, 2],
    [3, 4],
  ])("from %i to %i there is none", (from, to) => {
    expect(stepsBetween(from, to, steps)).toBeUndefined();
  });
  test("lead from every format that this Bulkhead reads to the one it writes", () => {
    for (const from of storeFormat.reads)
      expect(stepsBetween(from, storeFormat.writes, formatSteps), `from ${from}`).toBeDefined();
  });
});

describe("a database of an earlier format", () => {
  const later = {
    format: { writes: 2, reads: [1, 2] },
    steps: [{ from: 1, to: 2, sql: "CREATE TABLE added (x ANY)" }],
  };
  const formatOf = (file: string): unknown => {
    const db = connect(file);
    try {
      return db.prepare("SELECT value FROM meta WHERE name = 'format'").get()?.["value"];
    } finally {
      db.close();
    }
  };
  test("is brought up once, and is then too new for the earlier program", () => {
    const file = join(folder, "up.db");
    openDatabase(file).db.close();
    expect(formatOf(file)).toBe(1);
    const { db } = openDatabase(file, later);
    expect(db.prepare("SELECT count(*) AS n FROM added").get()?.["n"]).toBe(0);
    db.close();
    expect(formatOf(file)).toBe(2);
    openDatabase(file, later).db.close();
    expect(() => openDatabase(file)).toThrow(expect.objectContaining({ code: "too-new" }));
    expect(formatOf(file)).toBe(2);
  });
  test("stays as it was where a step fails", () => {
    const file = join(folder, "failed.db");
    openDatabase(file).db.close();
    const steps = [{ from: 1, to: 2, sql: "CREATE TABLE added (x ANY); CREATE TABLE log (x ANY)" }];
    expect(() => openDatabase(file, { ...later, steps })).toThrow();
    expect(formatOf(file)).toBe(1);
    openDatabase(file).db.close();
  });
  test("that is not read any more is refused, and nothing is changed", () => {
    const file = join(folder, "old.db");
    openDatabase(file).db.close();
    expect(() => openDatabase(file, { format: { writes: 3, reads: [2, 3] }, steps: [] })).toThrow(
      expect.objectContaining({ code: "too-old" }),
    );
    expect(formatOf(file)).toBe(1);
  });
});
