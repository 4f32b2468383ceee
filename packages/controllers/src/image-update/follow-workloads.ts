import type { KubeObject } from "@bulkhead/api";
import { discoverResources, type Informer, type Resource, resources } from "@bulkhead/client";
import type { ControllerContext } from "../controller.ts";
import type { Kinded } from "./workload.ts";

/** All workloads of a cluster, whatever their kinds. One that its server does not serve has no objects. */
export interface Workloads {
  list(namespace: string): readonly Kinded[];
  get(namespace: string, kind: string, name: string): Kinded | undefined;
  onChange(changed: Changed): void;
}

type Changed = (current: KubeObject | undefined, previous: KubeObject | undefined) => void;

/** Milliseconds until a server that did not say what it serves is asked again. */
const again = 60_000;

/** Deployments from the start, the other kinds once the server says that it serves them: nothing else is asked for. */
export function followWorkloads({ informers, reader, signal, log }: ControllerContext): Workloads {
  const deployments = informers.of(resources.deployments);
  let listeners: Changed[] = [];
  const others: ((namespace: string) => readonly Kinded[])[] = [];

  function follow<T extends KubeObject>(resource: Resource<T>, kinded: (object: T) => Kinded): void {
    const informer: Informer<T> = informers.hint(resource);
    others.push((namespace) => informer.list(namespace).map(kinded));
    informer.onChange((current, previous) => {
      for (const listener of listeners) listener(current, previous);
    });
  }

  async function discover(): Promise<void> {
    const { found } = await discoverResources(reader);
    const served = ({ group, resource }: Resource): boolean =>
      found.some(
        (one) => one.resource.group === group && one.resource.resource === resource && one.verbs.includes("watch"),
      );
    if (served(resources.statefulSets)) follow(resources.statefulSets, (object) => ({ kind: "StatefulSet", object }));
    if (served(resources.daemonSets)) follow(resources.daemonSets, (object) => ({ kind: "DaemonSet", object }));
    if (served(resources.cronJobs)) follow(resources.cronJobs, (object) => ({ kind: "CronJob", object }));
  }

  function begin(): void {
    discover().catch((error: unknown) => {
      if (signal.aborted) return;
      log.debug({ error: String(error) }, "which workloads are served is not known yet");
      setTimeout(begin, again).unref();
    });
  }
  begin();

  const list = (namespace: string): readonly Kinded[] => [
    ...deployments.list(namespace).map((object) => ({ kind: "Deployment" as const, object })),
    ...others.flatMap((of) => of(namespace)),
  ];
  return {
    list,
    get: (namespace, kind, name) =>
      list(namespace).find((one) => one.kind === kind && one.object.metadata.name === name),
    onChange(changed) {
      deployments.onChange(changed);
      listeners = [...listeners, changed];
    },
  };
}
