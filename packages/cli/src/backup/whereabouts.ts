import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, sep } from "node:path";

/** What a path lies on. */
export interface Whereabouts {
  /** On another machine; undefined: this kind of file system does not tell. */
  readonly elsewhere: boolean | undefined;
  /** `ext4 on /dev/sda1`. */
  readonly on: string;
}

const remote = new Set(
  "nfs nfs4 cifs smb3 9p ceph afs lustre glusterfs davfs virtiofs fuse.sshfs fuse.s3fs fuse.rclone fuse.glusterfs fuse.davfs fuse.gcsfuse fuse.blobfuse2".split(
    " ",
  ),
);
const local = new Set("overlay tmpfs zfs btrfs ext2 ext3 ext4 xfs f2fs vfat exfat ntfs3".split(" "));

/** Of /proc/self/mountinfo; the last mount over the longest part of the path holds. */
export function whereaboutsIn(mounts: string, path: string): Whereabouts {
  let best: { readonly point: string; readonly type: string; readonly source: string } | undefined;
  for (const line of mounts.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = (before.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const [type = "", source = ""] = after.split(" ");
    const covers = point === "/" || path === point || path.startsWith(`${point}/`);
    if (point !== "" && covers && point.length >= (best?.point.length ?? 0)) best = { point, type, source };
  }
  if (best === undefined) return { elsewhere: undefined, on: "a file system that is not known" };
  const { type, source } = best;
  const elsewhere = remote.has(type) ? true : local.has(type) || source.startsWith("/dev/") ? false : undefined;
  return { elsewhere, on: `${type} on ${source}` };
}

/** Where a file that is there lies. */
export async function whereabouts(file: string): Promise<Whereabouts> {
  return whereaboutsIn(await readFile("/proc/self/mountinfo", "utf8"), await realpath(file));
}

/**
 * Whether what opens a backup lies with it: in its folder or one below, or on the same file system where that is not the
 * instance's own. Whoever comes by the one then has the other. Both have to be there, or to be about to be written there.
 */
export async function liesBeside(key: string, backup: string, root: string): Promise<boolean> {
  const [keyFolder, folder] = [await realpath(dirname(key)), await realpath(dirname(backup))];
  if (keyFolder === folder || keyFolder.startsWith(folder === sep ? sep : folder + sep)) return true;
  const [a, b, own] = await Promise.all([stat(keyFolder), stat(folder), stat(root)]);
  return a.dev === b.dev && b.dev !== own.dev;
}
