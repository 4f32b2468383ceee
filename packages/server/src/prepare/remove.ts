import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@bulkhead/api";
import { endMarked, identify, instancePaths, isAlive, readInstance, readState, signal } from "@bulkhead/host";
import { createCriClient, removePodCgroups } from "@bulkhead/kubelet";
import { containerdSocket, podCgroupRoot } from "./names.ts";
import { forgetNetwork } from "./network.ts";

/** Stops and removes every pod of the instance's own containerd, if that runs. */
export async function drainContainers(root: string, log: Log): Promise<void> {
  const paths = instancePaths(root);
  const containerd = (await readState(paths.run)).processes.find((p) => p.name === "containerd")?.identity;
  if (containerd === undefined || !isAlive(containerd)) return;
  const cri = createCriClient({ socket: containerdSocket(paths) });
  try {
    const { items } = await cri.call("ListPodSandbox", {});
    await Promise.all(
      items.map(async ({ id }) => {
        const { containers } = await cri.call("ListContainers", { filter: { podSandboxId: id } });
        await Promise.all(containers.map((c) => cri.call("StopContainer", { containerId: c.id, timeout: 10 })));
        await cri.call("StopPodSandbox", { podSandboxId: id });
        await cri.call("RemovePodSandbox", { podSandboxId: id });
      }),
    );
    log.info({ pods: items.length }, "pods stopped");
  } finally {
    cri.close();
  }
}

/** Ends what still runs in the control groups of the instance's pods: a container whose shim was lost has no other name. */
async function endPodProcesses(group: string): Promise<void> {
  const top = "/sys/fs/cgroup";
  const names = [group, `${group.replaceAll("-", "_")}.slice`];
  const hierarchies = ["", ...(await readdir(top).catch(() => []))];
  for (let round = 0; round < 20; round++) {
    const pids = new Set<number>();
    for (const hierarchy of hierarchies)
      for (const name of names) for (const pid of await pidsBelow(join(top, hierarchy, name))) pids.add(pid);
    if (pids.size === 0) return;
    for (const pid of pids) {
      const identity = identify(pid);
      if (identity !== undefined) signal(identity, "SIGKILL");
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function pidsBelow(folder: string): Promise<number[]> {
  const text = await readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "");
  const inside = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(inside.filter((e) => e.isDirectory()).map((e) => pidsBelow(join(folder, e.name))));
  return [
    ...text
      .split("\n")
      .filter((line) => line !== "")
      .map(Number),
    ...below.flat(),
  ];
}

/** Takes away all that stands outside the instance's folder: containers, the network namespace, our table on the host. */
export async function removeOutside(root: string, log: Log): Promise<void> {
  await drainContainers(root, log).catch((error: unknown) => {
    log.warn(
      { error: error instanceof Error ? error.message : String(error) },
      "containerd did not answer; its processes are ended with it",
    );
  });
  const config = await readInstance(root);
  if (config !== undefined) {
    await endMarked(config.id);
    await endPodProcesses(podCgroupRoot(config));
    await removePodCgroups(podCgroupRoot(config));
  }
  await forgetNetwork(instancePaths(root), log);
}
