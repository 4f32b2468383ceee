import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { liesBeside, whereaboutsIn } from "./whereabouts.ts";

const mounts = `22 1 0:20 / / rw,relatime - overlay overlay rw
23 22 8:1 / /srv rw - ext4 /dev/sda1 rw
24 23 0:41 / /srv/nas rw shared:1 - nfs4 nas.example:/pool rw
25 22 0:42 / /media/my\\040stick rw - vfat /dev/sdb1 rw
26 22 0:43 / /mnt/odd rw - fuse.somefs somefs rw
27 22 0:44 / /mnt/disk rw - fuseblk /dev/sdc1 rw
`;

test.each([
  ["/var/a.backup", false, "overlay on overlay"],
  ["/srv/a.backup", false, "ext4 on /dev/sda1"],
  ["/srv/nas/deep/a.backup", true, "nfs4 on nas.example:/pool"],
  ["/srv/nasty/a.backup", false, "ext4 on /dev/sda1"],
  ["/media/my stick/a.backup", false, "vfat on /dev/sdb1"],
  ["/mnt/odd/a.backup", undefined, "fuse.somefs on somefs"],
  ["/mnt/disk/a.backup", false, "fuseblk on /dev/sdc1"],
])("%s: elsewhere %s", (path, elsewhere, on) => {
  expect(whereaboutsIn(mounts, path)).toEqual({ elsewhere, on });
});

test("where no mount is known, nothing is", () => {
  expect(whereaboutsIn("", "/a").elsewhere).toBeUndefined();
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bulkhead-where-"));
  for (const name of ["root", "backups/keys", "keys"]) await mkdir(join(folder, name), { recursive: true });
  await symlink(join(folder, "backups"), join(folder, "way"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  ["in its folder", "backups/k", true],
  ["below its folder", "backups/keys/k", true],
  ["in its folder, by another way", "way/k", true],
  ["in another folder of the instance's own disk", "keys/k", false],
])("a key %s", async (_, key, beside) => {
  const [at, backup] = [join(folder, key), join(folder, "backups/one.backup")];
  expect(await liesBeside(at, backup, join(folder, "root"))).toBe(beside);
});
