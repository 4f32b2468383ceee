import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { markOf } from "./remembered-packages.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bulkhead-packages-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("what dpkg and apt go by is another once a file is written, comes or goes, or another kernel runs", () => {
  const lists = join(folder, "lists");
  mkdirSync(lists);
  writeFileSync(join(lists, "a"), "1");
  const mark = (release = "6.1"): string => markOf([lists, join(folder, "status")], release);
  const seen = [mark()];
  const isNew = (): void => {
    expect(mark()).toBe(mark());
    expect(seen).not.toContain(mark());
    seen.push(mark());
  };
  writeFileSync(join(lists, "a"), "12");
  isNew();
  writeFileSync(join(lists, "b"), "");
  isNew();
  writeFileSync(join(folder, "status"), "Package: x\n");
  isNew();
  rmSync(join(lists, "b"));
  isNew();
  expect(seen).not.toContain(mark("6.2"));
});
