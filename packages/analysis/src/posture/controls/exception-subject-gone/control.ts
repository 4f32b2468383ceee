import type { ExceptionSubjectKind } from "@bulkhead/api";
import { type Kind, kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

/** What a machine says of itself: no object that anybody could make. */
type FactsKind = Extract<ExceptionSubjectKind, `${string}Facts`>;

const kindOf: Readonly<Record<Exclude<ExceptionSubjectKind, "Namespace" | FactsKind>, Kind>> = {
  Pod: kinds.pod,
  Deployment: kinds.deployment,
  ReplicaSet: kinds.replicaSet,
  StatefulSet: kinds.statefulSet,
  DaemonSet: kinds.daemonSet,
  Job: kinds.job,
  CronJob: kinds.cronJob,
  ServiceAccount: kinds.serviceAccount,
  ClusterRole: kinds.clusterRole,
  ClusterRoleBinding: kinds.clusterRoleBinding,
  Node: kinds.node,
  PersistentVolume: kinds.persistentVolume,
  StorageClass: kinds.storageClass,
  ValidatingWebhookConfiguration: kinds.validatingWebhook,
  MutatingWebhookConfiguration: kinds.mutatingWebhook,
  ValidatingAdmissionPolicy: kinds.validatingPolicy,
  ValidatingAdmissionPolicyBinding: kinds.validatingPolicyBinding,
  ImageTrustPolicy: kinds.imageTrustPolicy,
  ImageReport: kinds.imageReport,
};

const isFacts = (kind: ExceptionSubjectKind): kind is FactsKind => kind.endsWith("Facts");

export const exceptionSubjectGone = objectControl(kinds.exception, {
  id: "exception-subject-gone",
  title: "Exceptions are for workloads that exist",
  area: "namespaces",
  attack:
    "An Exception names its workload, and whatever wears that name has the rule lifted. When the workload is gone the name is free. Whoever may create a workload in the namespace takes it and gets past the rule, with an acceptance that was given for something else.",
  severity: "low",
  severityBecause: "using it needs the right to create workloads in this namespace, and it ends by itself",
  frameworks: { nsa: ["authentication-authorization"], owasp: ["K04:2025"], pci: ["7.2.1"] },
  check: ({ metadata, spec }, view) => {
    const { kind, name } = spec?.subject ?? {};
    if (kind === undefined || name === undefined || isFacts(kind)) return [];
    // The namespace that it lies in is there.
    if (kind === "Namespace" && name === metadata.namespace) return [];
    const subject: Kind | undefined = kind === "Namespace" ? kinds.namespace : kindOf[kind];
    if (subject === undefined) return [];
    const namespace = subject.namespaced ? (metadata.namespace ?? "") : "";
    if (view.get(subject, namespace, name) !== undefined) return [];
    const where = subject.namespaced ? ` in namespace ${metadata.namespace}` : "";
    return [{ field: "spec.subject", says: `there is no ${kind} ${name}${where}` }];
  },
  fix: (exception) => ({
    kind: "edits",
    edits: [{ op: "delete", object: refOf(exception) }],
    mind: "a workload of that name that is still to come would be refused: make the Exception with it",
  }),
});
