import type { KubeObject, ObjectMeta, Pod, PodSpec } from "@bulkhead/api";
import { type Identity, podIdentity, type Subject, templateIdentity } from "@bulkhead/policy";
import type { AdmissionRequest } from "./admission.ts";

/** The pod that a workload would make: its template. */
export interface Template {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  /** Where it stands in the workload: `spec.template`. */
  readonly path: string;
  readonly identity: Identity;
}

type Templated = KubeObject & {
  spec?: {
    template?: { metadata?: ObjectMeta; spec?: PodSpec };
    jobTemplate?: { spec?: { template?: { metadata?: ObjectMeta; spec?: PodSpec } } };
  };
};

const workloads: Readonly<Record<string, Subject["kind"]>> = {
  "apps/deployments": "Deployment",
  "apps/replicasets": "ReplicaSet",
  "apps/statefulsets": "StatefulSet",
  "apps/daemonsets": "DaemonSet",
  "batch/jobs": "Job",
  "batch/cronjobs": "CronJob",
};

/** The template in a workload that is written, or undefined for anything else. */
export function templateOf(request: AdmissionRequest): Template | undefined {
  const { resource, object, namespace } = request;
  if (object === undefined || request.subresource !== "") return undefined;
  const kind = workloads[`${resource.group}/${resource.resource}`];
  const spec = (object as Templated).spec;
  const template = kind === "CronJob" ? spec?.jobTemplate?.spec?.template : spec?.template;
  if (kind === undefined || template?.spec === undefined) return undefined;
  const name = object.metadata.name ?? "";
  return {
    metadata: template.metadata ?? {},
    spec: template.spec,
    path: kind === "CronJob" ? "spec.jobTemplate.spec.template" : "spec.template",
    identity: templateIdentity(namespace, name === "" ? undefined : { kind, name }, template.spec),
  };
}

/** The pod that is written itself, with who it is. */
export function podOf(request: AdmissionRequest): { readonly pod: Pod; readonly identity: Identity } | undefined {
  const { resource, object } = request;
  if (object === undefined || resource.group !== "" || resource.resource !== "pods") return undefined;
  const pod = object as Pod;
  return { pod, identity: podIdentity({ ...pod, metadata: { ...pod.metadata, namespace: request.namespace } }) };
}
