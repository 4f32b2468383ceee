import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { loadedFiles, mappedFiles } from "./loaded-files.ts";

const proc = mkdtempSync(join(tmpdir(), "bulkhead-proc-"));
afterAll(() => rmSync(proc, { recursive: true, force: true }));
const [ours, other] = ["a".repeat(64), "b".repeat(64)];

interface Process {
  readonly cgroup: string;
  readonly exe?: string;
  readonly maps?: string;
  readonly open?: readonly string[];
}
function put(pid: number | string, { cgroup, exe, maps, open = [] }: Process): void {
  const folder = join(proc, String(pid));
  mkdirSync(join(folder, "fd"), { recursive: true });
  writeFileSync(join(folder, "cgroup"), cgroup);
  if (exe !== undefined) symlinkSync(exe, join(folder, "exe"));
  if (maps !== undefined) writeFileSync(join(folder, "maps"), maps);
  for (const [i, path] of open.entries()) symlinkSync(path, join(folder, "fd", String(i)));
}
const line = (path: string, inode = 7): string =>
  `7f1c00000000-7f1c00026000 r-xp 00000000 fe:00 ${inode}                          ${path}\n`;

describe("files in a process' maps", () => {
  test("are the files, and nothing else that is mapped", () => {
    const maps = [
      line("/usr/lib/libc.so.6"),
      line("/usr/lib/libc.so.6"),
      line("/opt/with blanks/x.node"),
      line("/usr/lib/libgone.so (deleted)"),
      line("[heap]", 0),
      line("", 0),
      line("/dev/zero (deleted)", 0),
      line("/memfd:x (deleted)", 0),
      line("anon_inode:[perf_event]"),
      line("/named\\012/with a line break"),
    ].join("");
    expect([...mappedFiles(maps)]).toEqual(["/usr/lib/libc.so.6", "/opt/with blanks/x.node", "/usr/lib/libgone.so"]);
  });

  test("end with the last whole line", () => {
    expect([...mappedFiles(`${line("/a")}${line("/usr/lib/libcrypto").trimEnd()}`)]).toEqual(["/a"]);
  });

  test("are absolute whatever stands there", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.string().map(line))), (lines) => {
        for (const path of mappedFiles(lines.join("\n"))) expect(path.startsWith("/")).toBe(true);
      }),
    );
  });
});

test("files of containers' processes, whatever version of cgroups and however they are named", async () => {
  put(10, {
    cgroup: `0::/bulkhead/pod1/${ours}\n`,
    exe: "/usr/bin/web",
    maps: line("/usr/lib/libssl.so.3"),
    open: ["/app/lib/a.jar", "socket:[123]", "/tmp/x (deleted)"],
  });
  put(11, {
    cgroup: `9:name=systemd:/kubepods.slice/cri-containerd-${ours}.scope\n8:pids:/\n`,
    exe: "/usr/bin/worker",
    maps: line("/usr/lib/libz.so.1"),
  });
  // Whoever may make cgroups within his own names them as he likes: the outermost counts.
  put(12, { cgroup: `0::/bulkhead/pod1/${ours}/${other}\n`, exe: "/bin/inner", maps: "" });
  put(13, { cgroup: "0::/user.slice\n", exe: "/usr/bin/host", maps: line("/usr/lib/libhost.so") });
  put(14, { cgroup: `0::/bulkhead/pod2/${"c".repeat(64)}\n`, exe: "/usr/bin/stranger", maps: "" });
  // A kernel thread, and one that ended between two looks.
  put(15, { cgroup: `0::/x/${other}\n` });
  put(16, { cgroup: `0::/x/${other}\n`, exe: "/bin/short" });
  put("self", { cgroup: `0::/x/${ours}\n`, exe: "/usr/bin/never", maps: "" });
  const found = await loadedFiles({ proc, containers: new Set([ours, other]) });
  expect([...found].map(([id, files]) => [id, [...files].sort()])).toEqual([
    [
      ours,
      [
        "app/lib/a.jar",
        "bin/inner",
        "tmp/x",
        "usr/bin/web",
        "usr/bin/worker",
        "usr/lib/libssl.so.3",
        "usr/lib/libz.so.1",
      ],
    ],
    [other, ["bin/short"]],
  ]);
});

test("however many files and processes a container has, a bounded part is taken", async () => {
  const busy = "d".repeat(64);
  for (let pid = 1000; pid < 1100; pid++)
    put(pid, {
      cgroup: `0::/x/${busy}\n`,
      exe: `/bin/p${pid}`,
      maps: Array.from({ length: 100 }, (_, i) => line(`/lib/${pid}-${i}.so`)).join(""),
    });
  const files = (await loadedFiles({ proc, containers: new Set([busy]) })).get(busy) ?? new Set();
  expect(files.size).toBe(4096);
  expect([...files].filter((f) => f.startsWith("bin/")).length).toBeLessThanOrEqual(64);
});
