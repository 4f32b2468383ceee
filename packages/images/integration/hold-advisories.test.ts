import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holdAdvisories, importAdvisories, openStillAdvisories } from "@bulkhead/images";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-hold-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "db", "advisories.db");
const mirror = join(folder, "mirror");
mkdirSync(mirror);

function take(id: string) {
  const record = {
    schema_version: "1.7.0",
    id,
    modified: "2026-01-01T00:00:00Z",
    affected: [
      { package: { ecosystem: "PyPI", name: "a" }, ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }] }] },
    ],
  };
  writeFileSync(join(mirror, `${id}.json`), JSON.stringify(record));
  return importAdvisories({ file, location: mirror, accept: true, now: Date.UTC(2026, 0, 2) });
}

test("what is held stands still while others import, and is read without its log, and without a right to write", async () => {
  expect(await holdAdvisories(file)).toBeUndefined();
  await take("PYSEC-2026-1");
  const hold = await holdAdvisories(file);
  const before = statSync(file);
  await take("PYSEC-2026-2");
  // The import is done, all of it in the log.
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
  expect(statSync(file)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs });
  chmodSync(join(folder, "db"), 0o500);
  const still = openStillAdvisories(file);
  expect(still.lookup("PyPI", "a").map((found) => found.advisory.id)).toEqual(["PYSEC-2026-1"]);
  still.close();
  chmodSync(join(folder, "db"), 0o700);
  hold?.release();
  const next = await holdAdvisories(file);
  expect(next?.generation).not.toBe(hold?.generation);
  const after = openStillAdvisories(file);
  expect(after.lookup("PyPI", "a")).toHaveLength(2);
  after.close();
  next?.release();
  const same = await holdAdvisories(file);
  expect(same?.generation).toBe(next?.generation);
  same?.release();
  expect(existsSync(`${file}-wal`)).toBe(false);
});
