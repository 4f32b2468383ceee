import type { ExceptionSubjectKind, OwnerReference, Pod } from "@bulkhead/api";
import { exceptionClusterKinds, exceptionSubjectKinds } from "@bulkhead/api";

/** A subject in its namespace. */
export interface Subject {
  readonly kind: ExceptionSubjectKind;
  readonly name: string;
}

/** Who a pod (or a template's pods to be) is, for exceptions: the most lasting name first. */
export interface Identity {
  readonly namespace: string;
  readonly subjects: readonly Subject[];
}

const templateHash = "pod-template-hash";
const clusterKinds: ReadonlySet<string> = new Set(exceptionClusterKinds);
const controllerKinds: ReadonlySet<string> = new Set(
  exceptionSubjectKinds.filter((k) => !["Pod", "ServiceAccount", "Namespace"].includes(k) && !clusterKinds.has(k)),
);

/** Whether a kind is of what is in no namespace. A Namespace is both: itself, and what is in it. */
export const isClusterKind = (kind: string): boolean => clusterKinds.has(kind);

const isController = (owner: OwnerReference): boolean =>
  owner.controller === true && controllerKinds.has(owner.kind) && /^(apps|batch)\//.test(owner.apiVersion);

/** The Deployment of a ReplicaSet and the CronJob of a Job follow from the names that their controllers give. */
function grandOwner(owner: Subject, labels: Readonly<Record<string, string>>): Subject | undefined {
  const hash = labels[templateHash];
  if (owner.kind === "ReplicaSet" && hash !== undefined && hash !== "" && owner.name.endsWith(`-${hash}`)) {
    return { kind: "Deployment", name: owner.name.slice(0, -hash.length - 1) };
  }
  const scheduled = owner.kind === "Job" ? /^(.+)-[0-9]{8,11}$/.exec(owner.name)?.[1] : undefined;
  return scheduled === undefined ? undefined : { kind: "CronJob", name: scheduled };
}

/** A pod's identity, from its name, its controller, its service account and its namespace. */
export function podIdentity(pod: Pod): Identity {
  const namespace = pod.metadata.namespace ?? "";
  const reference = pod.metadata.ownerReferences?.find(isController);
  const owner: Subject | undefined =
    reference === undefined ? undefined : { kind: reference.kind as ExceptionSubjectKind, name: reference.name };
  const grand = owner === undefined ? undefined : grandOwner(owner, pod.metadata.labels ?? {});
  const name = pod.metadata.name;
  return {
    namespace,
    subjects: [
      ...(grand === undefined ? [] : [grand]),
      ...(owner === undefined ? [] : [owner]),
      ...(name === undefined || name === "" ? [] : [{ kind: "Pod" as const, name }]),
      { kind: "ServiceAccount", name: serviceAccountOf(pod) },
      { kind: "Namespace", name: namespace },
    ],
  };
}

/** The identity that pods of a workload's template will share. */
export function templateIdentity(
  namespace: string,
  owner: Subject | undefined,
  spec: { readonly serviceAccountName?: string | undefined },
): Identity {
  return {
    namespace,
    subjects: [
      ...(owner === undefined ? [] : [owner]),
      { kind: "ServiceAccount", name: spec.serviceAccountName || "default" },
      { kind: "Namespace", name: namespace },
    ],
  };
}

const serviceAccountOf = (pod: Pod): string => pod.spec?.serviceAccountName || pod.spec?.serviceAccount || "default";

/** `deployment/web`: how a subject is typed in a command. */
export const formatSubject = (subject: Subject): string => `${subject.kind.toLowerCase()}/${subject.name}`;

const shortNames: Readonly<Record<string, ExceptionSubjectKind>> = {
  po: "Pod",
  deploy: "Deployment",
  rs: "ReplicaSet",
  sts: "StatefulSet",
  ds: "DaemonSet",
  cj: "CronJob",
  sa: "ServiceAccount",
  ns: "Namespace",
  no: "Node",
  pv: "PersistentVolume",
  sc: "StorageClass",
  itp: "ImageTrustPolicy",
};

/** The kind meant by a word of a command line, in any case, kubectl's short names too; undefined when it is none. */
export function subjectKind(word: string): ExceptionSubjectKind | undefined {
  const lower = word.toLowerCase();
  return (
    exceptionSubjectKinds.find((kind) => kind.toLowerCase() === lower) ??
    (Object.hasOwn(shortNames, lower) ? shortNames[lower] : undefined)
  );
}

/** `deployment/web` taken apart; undefined when it is no subject. */
export function parseSubject(text: string): Subject | undefined {
  const [word = "", name = "", ...more] = text.split("/");
  const kind = subjectKind(word);
  if (kind === undefined || more.length > 0 || name.length > 253) return undefined;
  // Roles may be called as they like, but for what means something in a path.
  const form = isClusterKind(kind) ? /^(?!\.{1,2}$)[^/%\s\p{Cc}]+$/u : /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
  return form.test(name) ? { kind, name } : undefined;
}
