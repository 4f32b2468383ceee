import type { Log } from "@bulkhead/api";
import { instancePaths, isAlive, readInstance, readState } from "@bulkhead/host";
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

/** Takes away all that stands outside the instance's folder: containers, the network namespace, our table on the host. */
export async function removeOutside(root: string, log: Log): Promise<void> {
  await drainContainers(root, log).catch((error: unknown) => {
    log.warn(
      { error: error instanceof Error ? error.message : String(error) },
      "containerd did not answer; its processes are ended with it",
    );
  });
  const config = await readInstance(root);
  if (config !== undefined) await removePodCgroups(podCgroupRoot(config));
  await forgetNetwork(instancePaths(root), log);
}
