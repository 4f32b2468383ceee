import type { ExceptionSubjectKind, KubeObject, ObjectMeta, Pod, PodSpec } from "@bulkhead/api";
import { type Identity, podIdentity, type Subject, templateIdentity } from "../exception/subject.ts";

/** The pod that an object is or would make. */
export interface Template {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  /** What fields of the pod are prefixed with in the object: `spec.template.`, or "" for a pod itself. */
  readonly prefix: string;
  readonly identity: Identity;
}

interface PodTemplate {
  readonly metadata?: ObjectMeta;
  readonly spec?: PodSpec;
}

type Templated = KubeObject & {
  readonly template?: PodTemplate;
  readonly spec?: {
    readonly template?: PodTemplate;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplate } };
  };
};

const workloads: Readonly<Record<string, ExceptionSubjectKind>> = {
  "apps/Deployment": "Deployment",
  "apps/ReplicaSet": "ReplicaSet",
  "apps/StatefulSet": "StatefulSet",
  "apps/DaemonSet": "DaemonSet",
  "batch/Job": "Job",
  "batch/CronJob": "CronJob",
};

const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

function templateIn(object: Templated): readonly [template: PodTemplate | undefined, prefix: string] {
  if (object.kind === "CronJob") return [object.spec?.jobTemplate?.spec?.template, "spec.jobTemplate.spec.template."];
  if (object.kind === "PodTemplate") return [object.template, "template."];
  return [object.spec?.template, "spec.template."];
}

/** The owner that pods of this object's template will name: a ReplicaSet's Deployment first. */
function ownerOf(object: KubeObject, kind: ExceptionSubjectKind | undefined): Subject | undefined {
  const controller = object.metadata.ownerReferences?.find((o) => o.controller === true);
  const above =
    controller === undefined ? undefined : workloads[`${groupOf(controller.apiVersion)}/${controller.kind}`];
  if (controller !== undefined && above !== undefined) return { kind: above, name: controller.name };
  const name = object.metadata.name ?? "";
  return kind === undefined || name === "" ? undefined : { kind, name };
}

/** The pod in an object (Pod, workload, PodTemplate, ReplicationController), or undefined where there is none. */
export function templateOf(object: KubeObject): Template | undefined {
  const group = groupOf(object.apiVersion);
  if (group === "" && object.kind === "Pod") {
    const pod = object as Pod;
    return pod.spec === undefined
      ? undefined
      : { metadata: pod.metadata, spec: pod.spec, prefix: "", identity: podIdentity(pod) };
  }
  const kind = workloads[`${group}/${object.kind}`];
  if (kind === undefined && !(group === "" && ["PodTemplate", "ReplicationController"].includes(object.kind)))
    return undefined;
  const [template, prefix] = templateIn(object as Templated);
  if (template?.spec === undefined) return undefined;
  const identity = templateIdentity(object.metadata.namespace ?? "", ownerOf(object, kind), template.spec);
  return { metadata: template.metadata ?? {}, spec: template.spec, prefix, identity };
}
