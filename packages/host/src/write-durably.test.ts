import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeDurably } from "./instance.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-write-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

test("a link in the file's place is replaced, not followed, and what it named keeps its owner and text", async () => {
  const [path, other] = [join(folder, "tls.key"), join(folder, "shadow")];
  await writeFile(other, "theirs", { mode: 0o600 });
  await symlink(other, path);
  await writeDurably(path, "ours", 0o640, self);
  expect(await readFile(other, "utf8")).toBe("theirs");
  expect((await lstat(other)).mode & 0o777).toBe(0o600);
  const stat = await lstat(path);
  expect([stat.isFile(), stat.mode & 0o777, stat.uid, stat.gid]).toEqual([true, 0o640, self.uid, self.gid]);
});

test("links laid under every name that could be guessed catch nothing", async () => {
  const [path, other] = [join(folder, "tls.key"), join(folder, "shadow")];
  await writeFile(other, "theirs");
  for (const name of [`${path}.new`, `${path}.${process.pid}.new`, `${path}.tmp`]) await symlink(other, name);
  await writeDurably(path, "ours", 0o600, self);
  expect(await readFile(other, "utf8")).toBe("theirs");
  expect(await readFile(path, "utf8")).toBe("ours");
});

test.skipIf(self.uid !== 0)("the file is its owner's before it has its name (needs root)", async () => {
  const path = join(folder, "tls.key");
  await writeDurably(path, "ours", 0o640, { uid: 0, gid: 4321 });
  const stat = await lstat(path);
  expect([stat.uid, stat.gid, stat.mode & 0o777]).toEqual([0, 4321, 0o640]);
});

test("nothing is left beside when it fails", async () => {
  await symlink("/nowhere", join(folder, "gone"));
  await expect(writeDurably(join(folder, "gone", "x"), "ours", 0o600)).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["gone"]);
});
