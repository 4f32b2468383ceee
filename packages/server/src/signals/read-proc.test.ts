import { expect, test } from "vitest";
import { listenersIn } from "./listeners.ts";
import { isLinker, loadedCode } from "./loaded-code.ts";
import { containerMounts, mountOf } from "./mounts.ts";

const mountinfo = `900 800 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/c/1/fs:/c/2/fs,upperdir=/c/12/fs,workdir=/c/12/work,index=off
901 900 0:51 / /proc rw,nosuid - proc proc rw
902 900 8:1 /pods/u/volumes/data /data rw - ext4 /dev/sda1 rw
903 902 8:1 /pods/u/volumes/deep /data/with\\040space rw - ext4 /dev/sda1 rw
`;

test("the layer over the image, and what lies on volumes", () => {
  const mounts = containerMounts(mountinfo, "/c");
  expect(mounts.upper).toBe("/c/12/fs");
  expect(mounts.lower).toEqual(["/c/1/fs", "/c/2/fs"]);
  expect(mountOf(mounts, "/data/x")).toBe("/data");
  expect(mountOf(mounts, "/data/with space/x")).toBe("/data/with space");
  expect(mountOf(mounts, "/database")).toBeUndefined();
});

test("a root that is no overlay says so; of several mounts on the root the last one counts", () => {
  expect(containerMounts("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n", "/c").upper).toBeUndefined();
  expect(containerMounts(`1 0 8:1 / / rw - ext4 /dev/sda1 rw\n${mountinfo}`, "/c").upper).toBe("/c/12/fs");
  expect(containerMounts(`${mountinfo}1 0 0:9 / / rw - tmpfs tmpfs rw,upperdir=/c/x\n`, "/c").upper).toBeUndefined();
});

test.each(["/etc", "/c", "/c/../etc", "/c/./12/fs", "/cc/12/fs", "c/12/fs", ""])(
  "whoever mounts an overlay over %j in its container shows nothing of the host",
  (upper) => {
    const line = `900 800 0:50 / / rw - overlay overlay rw,lowerdir=/a,upperdir=${upper},workdir=/w\n`;
    expect(containerMounts(line, "/c").upper).toBeUndefined();
  },
);

test("what is listened on: not loopback, not connections", () => {
  const head = "  sl  local_address rem_address   st tx_queue";
  const tcp = `${head}
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F91 00000000:0000 0A 00000000:00000000
   2: 0500F40A:0050 0600F40A:C350 01 00000000:00000000
   3: 0500F40A:0051 00000000:0000 0A 00000000:00000000
`;
  expect(listenersIn(tcp, "TCP")).toEqual([
    { protocol: "TCP", port: 81, address: "10.244.0.5" },
    { protocol: "TCP", port: 8080, address: "0.0.0.0" },
  ]);
  const tcp6 = `${head}
   0: 00000000000000000000000000000000:2328 00000000000000000000000000000000:0000 0A
   1: 00000000000000000000000001000000:2329 00000000000000000000000000000000:0000 0A
   2: 0000000000000000FFFF00000100007F:232A 00000000000000000000000000000000:0000 0A
   3: B80D0120000000000000000001000000:232B 00000000000000000000000000000000:0000 0A
`;
  expect(listenersIn(tcp6, "TCP")).toEqual([
    { protocol: "TCP", port: 9000, address: "::" },
    { protocol: "TCP", port: 9003, address: "2001:db8:0:0:0:0:0:1" },
  ]);
  const udp = `${head}
   0: 00000000:14E9 00000000:0000 07 00000000:00000000
   1: 0500F40A:9C40 0600F40A:0035 01 00000000:00000000
`;
  expect(listenersIn(udp, "UDP")).toEqual([{ protocol: "UDP", port: 5353, address: "0.0.0.0" }]);
  expect(listenersIn("", "UDP")).toEqual([]);
});

test("the layers of the image, as either way to mount them tells; one that is not the runtime's makes all unknown", () => {
  const lower = (options: string) =>
    containerMounts(`9 8 0:5 / / rw - overlay overlay rw,${options},upperdir=/c/3/fs,workdir=/c/3/w\n`, "/c").lower;
  expect(lower("lowerdir+=/c/1/fs,lowerdir+=/c/2/fs")).toEqual(["/c/1/fs", "/c/2/fs"]);
  for (const odd of ["lowerdir=/c/1/fs:/etc", "lowerdir=2/fs:1/fs", "index=off"]) expect(lower(odd)).toBeUndefined();
});

test("code that is loaded beside the program: from files, not from what compilers make in memory", () => {
  const maps = `55d0-55e0 r-xp 00002000 fe:00 12 /usr/bin/x
7f10-7f20 r--p 00000000 fe:00 13 /usr/lib/libc.so.6
7f20-7f30 r-xp 00026000 fe:00 13 /usr/lib/libc.so.6
7f30-7f40 r-xp 00000000 00:41 5 /tmp/a b.so (deleted)
7f40-7f50 r-xs 00000000 00:01 9 /memfd:doublemapper (deleted)
7f50-7f60 rwxp 00000000 00:00 0 
7f60-7f70 r-xp 00000000 00:00 0 [vdso]
`;
  expect(loadedCode(maps, "/usr/bin/x")).toEqual(["/usr/lib/libc.so.6", "/tmp/a b.so (deleted)"]);
});

test.each([
  ["/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", true],
  ["/lib/ld-musl-aarch64.so.1", true],
  ["/usr/lib/x86_64-linux-gnu/ld-2.31.so", true],
  ["/usr/bin/ld", false],
  ["/usr/bin/ldd", false],
])("%s runs other files by their name: %s", (program, is) => {
  expect(isLinker(program)).toBe(is);
});
