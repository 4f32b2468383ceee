import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerStatus, Log, Pod } from "@bulkhead/api";
import type { ImageScan } from "@bulkhead/images";
import { afterAll, expect, test, vi } from "vitest";
import { runningContainers, startInUse } from "./in-use.ts";
import { markInUse } from "./mark-in-use.ts";

const proc = mkdtempSync(join(tmpdir(), "bulkhead-in-use-"));
afterAll(() => rmSync(proc, { recursive: true, force: true }));
const digest = `sha256:${"1".repeat(64)}`;
const log = { warn: () => undefined } as unknown as Log;

const status = (id: string, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: id,
  image: "r/web:1",
  imageID: `r/web@${digest}`,
  containerID: `containerd://${id.repeat(64)}`,
  ready: true,
  restartCount: 0,
  state: { running: {} },
  ...more,
});
const pod = (nodeName: string, ...containerStatuses: readonly ContainerStatus[]): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { nodeName, containers: [] },
    status: { containerStatuses },
  }) as unknown as Pod;
function process(pid: number, container: string, exe: string): void {
  mkdirSync(join(proc, String(pid), "fd"), { recursive: true });
  writeFileSync(join(proc, String(pid), "cgroup"), `0::/pods/${container.repeat(64)}\n`);
  writeFileSync(join(proc, String(pid), "maps"), "");
  symlinkSync(exe, join(proc, String(pid), "exe"));
}

test("containers that run here, by the digest of their image", () => {
  const pods = [
    pod("here", status("a"), status("b", { state: { terminated: { exitCode: 0 } } })),
    pod("here", status("c", { imageID: "" }), status("d", { containerID: "docker://x" })),
    pod("there", status("e")),
  ];
  expect([...runningContainers(pods, "here")]).toEqual([["a".repeat(64), digest]]);
});

test("what all pods of an image have loaded is one set; news is told once; what is long ago counts no more", async () => {
  let now = 0;
  let changes = 0;
  process(10, "a", "/bin/web");
  process(11, "b", "/bin/worker");
  const pods = [pod("here", status("a")), pod("here", status("b"))];
  const inUse = startInUse({
    pods: () => pods,
    nodeName: "here",
    onChange: () => changes++,
    log,
    now: () => now,
    proc,
    pace: { after: 1, every: 1 },
  });
  expect([inUse.stamp(digest), inUse.job(digest)]).toEqual(["", undefined]);
  await vi.waitFor(() => expect(inUse.job(digest)?.files.toSorted()).toEqual(["bin/web", "bin/worker"]));
  const stamp = inUse.stamp(digest);
  rmSync(join(proc, "11"), { recursive: true });
  now = 3_600_000;
  await vi.waitFor(() => expect(inUse.job(digest)?.lookedAt).toBe(now));
  expect([inUse.stamp(digest), changes]).toEqual([stamp, 1]);
  now = 26 * 3_600_000;
  await vi.waitFor(() => expect(inUse.job(digest)?.files).toEqual(["bin/web"]));
  expect([inUse.stamp(digest) === stamp, changes]).toEqual([false, 2]);
  await inUse.close();
});

test("packages are marked by the files that were loaded, and since when", () => {
  const scan = {
    inventory: {
      packages: [
        { ecosystem: "dpkg", name: "libc6", version: "1", paths: [] },
        { ecosystem: "npm", name: "left", version: "2", paths: [], inUse: true },
      ],
    },
    loadable: [
      { packages: [0], files: ["lib/libc.so.6"] },
      { packages: [1], files: ["app/left.node"] },
    ],
  } as unknown as ImageScan;
  const first = markInUse(scan, { lookedAt: 5, files: ["lib/libc.so.6", "elsewhere"] }, undefined);
  expect(first.scan.inventory.packages.map((p) => p.inUse)).toEqual([true, undefined]);
  expect(first.inUse).toEqual({ lookedAt: 5, packages: [{ name: "libc6", version: "1", since: 5 }] });
  const second = markInUse(first.scan, { lookedAt: 9, files: ["app/left.node", "lib/libc.so.6"] }, first.inUse);
  expect(second.inUse?.packages.map((p) => [p.name, p.since])).toEqual([
    ["libc6", 5],
    ["left", 9],
  ]);
  expect(markInUse(second.scan, undefined, second.inUse)).toEqual(second);
});
