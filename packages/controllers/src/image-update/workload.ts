import type { CronJob, DaemonSet, Deployment, ObjectMeta, Pod, PodTemplateSpec, StatefulSet } from "@bulkhead/api";
import { controllerOf } from "../owner.ts";
import { withContainerImage } from "./containers.ts";

/** What makes pods of a template that updates can change. */
export type Workload = Deployment | StatefulSet | DaemonSet | CronJob;
export const workloadKinds = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** A workload with its kind said: lists leave it out of their items. */
export type Kinded =
  | { readonly kind: "Deployment"; readonly object: Deployment }
  | { readonly kind: "StatefulSet"; readonly object: StatefulSet }
  | { readonly kind: "DaemonSet"; readonly object: DaemonSet }
  | { readonly kind: "CronJob"; readonly object: CronJob };

/** `Deployment/web` */
export const workloadName = ({ kind, object }: Kinded): string => `${kind}/${object.metadata.name ?? ""}`;
export const metadataOf = ({ object }: Kinded): ObjectMeta => object.metadata;

/** The object with what lists leave out. */
export function wholeOf(workload: Kinded): Workload {
  const apiVersion = workload.kind === "CronJob" ? "batch/v1" : "apps/v1";
  return { ...workload.object, apiVersion, kind: workload.kind };
}

export function templateIn(workload: Kinded): PodTemplateSpec | undefined {
  return workload.kind === "CronJob"
    ? workload.object.spec?.jobTemplate.spec?.template
    : workload.object.spec?.template;
}

/** The same with another image in one container's place. */
export function withImage(workload: Kinded, container: string, image: string): Kinded {
  const template = templateIn(workload);
  if (template?.spec === undefined) return workload;
  const next = { ...template, spec: withContainerImage(template.spec, container, image) };
  switch (workload.kind) {
    case "Deployment":
      return {
        ...workload,
        object: { ...workload.object, spec: { ...workload.object.spec, template: next } },
      } as Kinded;
    case "StatefulSet":
      return {
        ...workload,
        object: { ...workload.object, spec: { ...workload.object.spec, template: next } },
      } as Kinded;
    case "DaemonSet":
      return {
        ...workload,
        object: { ...workload.object, spec: { ...workload.object.spec, template: next } },
      } as Kinded;
    case "CronJob": {
      const { spec } = workload.object;
      const jobTemplate = { ...spec?.jobTemplate, spec: { ...spec?.jobTemplate.spec, template: next } };
      return { ...workload, object: { ...workload.object, spec: { ...spec, jobTemplate } } } as Kinded;
    }
  }
}

/** How many pods it is to have; a CronJob's next run is one. */
export function replicasOf(workload: Kinded): number {
  switch (workload.kind) {
    case "Deployment":
    case "StatefulSet":
      return workload.object.spec?.replicas ?? 1;
    case "DaemonSet":
      return workload.object.status?.desiredNumberScheduled ?? 0;
    case "CronJob":
      return 1;
  }
}

/** Why a new template would not reach its pods by itself; undefined: it would. */
export function heldUp(workload: Kinded): string | undefined {
  switch (workload.kind) {
    case "Deployment":
      return workload.object.spec?.paused === true ? "it is paused" : undefined;
    case "StatefulSet": {
      const { type = "RollingUpdate", rollingUpdate } = workload.object.spec?.updateStrategy ?? {};
      if (type !== "RollingUpdate")
        return `its updateStrategy is ${type}: its pods are replaced by whoever deletes them`;
      const { partition = 0 } = rollingUpdate ?? {};
      return partition === 0 ? undefined : `its partition is ${partition}: the rest waits for whoever set that`;
    }
    case "DaemonSet": {
      const { type = "RollingUpdate" } = workload.object.spec?.updateStrategy ?? {};
      return type === "RollingUpdate"
        ? undefined
        : `its updateStrategy is ${type}: its pods are replaced by whoever deletes them`;
    }
    case "CronJob":
      return workload.object.spec?.suspend === true ? "it is suspended" : undefined;
  }
}

/** Its pods, where it makes them itself; a CronJob's are those of the Jobs that bear its name and a time. */
export function isPodOf(workload: Kinded, pod: Pod): boolean {
  const owner = controllerOf(pod);
  const { uid, name = "", namespace } = workload.object.metadata;
  if (owner === undefined || pod.metadata.namespace !== namespace) return false;
  if (workload.kind !== "CronJob") return owner.uid === uid;
  return owner.kind === "Job" && owner.name.startsWith(`${name}-`) && /^\d+$/.test(owner.name.slice(name.length + 1));
}
