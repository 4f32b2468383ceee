import type { ContainerStatus, Pod } from "@bulkhead/api";

/** A container that runs, by the runtime's id of it. */
export interface RunningContainer {
  readonly id: string;
  readonly pod: Pod;
  readonly status: ContainerStatus;
}

/** The containers of a node's pods that run in containerd: main, init and ephemeral ones. */
export function* containersRunningOn(nodeName: string, pods: readonly Pod[]): Generator<RunningContainer> {
  for (const pod of pods) {
    if (pod.spec?.nodeName !== nodeName) continue;
    for (const status of [
      ...(pod.status?.initContainerStatuses ?? []),
      ...(pod.status?.containerStatuses ?? []),
      ...(pod.status?.ephemeralContainerStatuses ?? []),
    ]) {
      const id = /^containerd:\/\/([0-9a-f]{64})$/.exec(status.containerID ?? "")?.[1];
      if (id !== undefined && status.state?.running !== undefined) yield { id, pod, status };
    }
  }
}
