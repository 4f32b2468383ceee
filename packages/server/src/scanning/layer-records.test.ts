import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordFormat } from "@bulkhead/images";
import { afterAll, expect, test } from "vitest";
import { recordOffset } from "./job.ts";
import { openLayerRecords } from "./layer-records.ts";

const folder = mkdtempSync(join(tmpdir(), "bulkhead-records-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

async function textOf(file: FileHandle | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const bytes = readFileSync(`/proc/self/fd/${file.fd}`);
  await file.close();
  return bytes.toString("utf8", recordOffset);
}

test("a record is written once, and never over", async () => {
  const records = await openLayerRecords(join(folder, "once"));
  expect(await records.open(digest("a"))).toBeUndefined();
  await records.keep(digest("a"), Buffer.from("first"));
  await records.keep(digest("a"), Buffer.from("second"));
  expect(await textOf(await records.open(digest("a")))).toBe("first");
  expect(await textOf(await records.lend(Buffer.from("lent")))).toBe("lent");
  expect(readdirSync(join(folder, "once")).sort()).toEqual([`${"a".repeat(64)}.${recordFormat}`, "fingerprint.key"]);
  expect(statSync(join(folder, "once")).mode & 0o777).toBe(0o700);
});

test("a damaged record is as good as none, and the key stays", async () => {
  const home = join(folder, "damaged");
  const records = await openLayerRecords(home);
  await records.keep(digest("b"), Buffer.from("something"));
  const path = join(home, `${"b".repeat(64)}.${recordFormat}`);
  writeFileSync(path, `${readFileSync(path, "latin1")}!`);
  writeFileSync(join(home, ".left-behind"), "");
  const again = await openLayerRecords(home);
  expect(await again.open(digest("b"))).toBeUndefined();
  await again.keep(digest("b"), Buffer.from("anew"));
  expect(await textOf(await again.open(digest("b")))).toBe("anew");
  expect(again.key).toEqual(records.key);
  expect(readdirSync(home)).toHaveLength(2);
});

test("what was not used for longest goes when there is no room, and no name leaves the folder", async () => {
  const records = await openLayerRecords(join(folder, "room"), 2 * (recordOffset + 100));
  for (const letter of ["1", "2", "3"]) {
    await records.keep(digest(letter), Buffer.alloc(100, letter));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await records.open(digest("1")).then((file) => file?.close());
  }
  expect(await records.open(digest("2"))).toBeUndefined();
  expect(await textOf(await records.open(digest("1")))).toBe("1".repeat(100));
  expect(await textOf(await records.open(digest("3")))).toBe("3".repeat(100));
  await expect(records.keep("sha256:../../etc/passwd", Buffer.alloc(1))).rejects.toThrow("is no digest");
});
