import type { Condition } from "../generated/types.ts";
import type { KubeObject } from "../object.ts";

/** The deciders that honour an Exception. */
export const exceptionDeciders = ["pod-security", "image", "network", "posture"] as const;
export type ExceptionDecider = (typeof exceptionDeciders)[number];

/** What is in no namespace: for it counts an Exception of posture in `clusterExceptionNamespace`, and nowhere else. */
export const exceptionClusterKinds = [
  "ClusterRole",
  "ClusterRoleBinding",
  "Node",
  "PersistentVolume",
  "StorageClass",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ImageTrustPolicy",
  "ImageReport",
  "ControlPlaneFacts",
  "NodeFacts",
  "RegistryFacts",
  "BackupFacts",
  "AuditFacts",
] as const;
export type ExceptionClusterKind = (typeof exceptionClusterKinds)[number];

/** Whoever may write Exceptions here answers for the whole cluster. */
export const clusterExceptionNamespace = "kube-system";

/** What an Exception can be for. A workload's kind covers every pod that it controls. */
export const exceptionSubjectKinds = [
  "Pod",
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "ServiceAccount",
  "Namespace",
  ...exceptionClusterKinds,
] as const;
export type ExceptionSubjectKind = (typeof exceptionSubjectKinds)[number];

export interface ExceptionSubject {
  readonly kind: ExceptionSubjectKind;
  /** Within the Exception's own namespace, for a Namespace that namespace's name; or of what is in none. */
  readonly name: string;
}

export interface ExceptionSpec {
  readonly decider: ExceptionDecider;
  /** The rule that it lifts, by the identifier that the refusal named. */
  readonly rule: string;
  readonly subject: ExceptionSubject;
  /** Narrows it to one value (a capability, an image, `shop/db:5432/TCP`); absent: whatever the value. */
  readonly value?: string | undefined;
  readonly reason: string;
  readonly author: string;
  /** RFC 3339; from this moment on it lifts nothing. */
  readonly expires: string;
}

/** How an Exception stands: `Active` and `Expired`, one of them true. Told, not decided by. */
export interface ExceptionStatus {
  readonly conditions?: readonly Condition[];
}

/** Lets one subject of its namespace past one rule of one decider, for a while. */
export interface Exception extends KubeObject {
  spec: ExceptionSpec;
  status?: ExceptionStatus;
}
