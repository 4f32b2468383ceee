import type { Container, EphemeralContainer, Pod } from "@bulkhead/api";
import { latest, type PodRuntime, podUid, previous, type RuntimeContainer, wantedContainers } from "../pod/model.ts";
import { Refusal } from "./refusal.ts";

export interface FoundPod {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
}

/** Looks a pod up among those of this node. */
export type FindPod = (namespace: string, name: string) => FoundPod | undefined;

export function findPod(find: FindPod, namespace: string, name: string, uid?: string): FoundPod {
  const found = find(namespace, name);
  // Another pod of the same name is not the one that was meant.
  if (found === undefined || (uid !== undefined && podUid(found.pod) !== uid)) {
    throw new Refusal(404, `pod "${namespace}/${name}" not found on this node`);
  }
  return found;
}

const specOf = ({ pod }: FoundPod, name: string): Container | EphemeralContainer => {
  const wanted = wantedContainers(pod).find(({ spec }) => spec.name === name);
  if (wanted === undefined) throw new Refusal(404, `container "${name}" is not in pod "${pod.metadata.name}"`);
  return wanted.spec;
};

/** A container that runs now, of this very pod. */
export function runningContainer(
  found: FoundPod,
  name: string,
): { readonly spec: Container | EphemeralContainer; readonly container: RuntimeContainer } {
  const spec = specOf(found, name);
  const container = latest(found.runtime, name);
  if (container?.phase !== "running") throw new Refusal(404, `container not found ("${name}"): it is not running`);
  return { spec, container };
}

/** The container whose log is asked for: the newest, or the one before it. */
export function loggedContainer(found: FoundPod, name: string, before: boolean): RuntimeContainer {
  specOf(found, name);
  const { pod, runtime } = found;
  const newest = latest(runtime, name);
  if (before) {
    const last = previous(runtime, name);
    if (last === undefined) {
      throw new Refusal(400, `previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
    }
    return last;
  }
  if (newest === undefined || newest.phase === "created") {
    const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
      (each) => each.name === name,
    );
    const reason = status?.state?.waiting?.reason ?? "ContainerCreating";
    throw new Refusal(400, `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`);
  }
  return newest;
}
