import type { KubeObject, ObjectRef } from "@bulkhead/api";
import type { Because } from "@bulkhead/policy";
import { sparingNodeParts } from "../deciders/node-part.ts";
import { type Kind, workloadKinds } from "../snapshot/kinds.ts";
import type { View } from "../snapshot/view.ts";
import type { Fix } from "./edits.ts";
import type { FrameworkId } from "./frameworks.ts";
import { type Workload, workloadOf } from "./workload.ts";

export type { Edit, Fix } from "./edits.ts";

export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

export const areas = [
  "workloads",
  "identities",
  "network",
  "secrets",
  "images",
  "namespaces",
  "admission",
  "control-plane",
  "node",
  "runtime",
  "registry",
  "backups",
  "audit",
] as const;
export type Area = (typeof areas)[number];

/** One place where a control does not hold. */
export interface Breach {
  /** Where in the object: `spec.template.spec.containers[0].securityContext.privileged`. */
  readonly field: string;
  /** One sentence for a person: what is there and what follows. Never a secret value. */
  readonly says: string;
  /** What tells this place from others of the same object when the order of lists changes: a container's name. */
  readonly key?: string;
  /** The value of `field` that would pass, as YAML on one line. */
  readonly passing?: string;
  /** Other objects that make it so: the binding of an account, the Service in front of a pod. */
  readonly through?: readonly ObjectRef[];
  /** What the decider said, where one was asked. */
  readonly because?: readonly Because[];
}

/** What a control says of itself: shown by `bulkhead explain`, in reports and in documents. */
export interface ControlCard {
  /** Stays for ever: `workload-privileged`. */
  readonly id: string;
  /** What holds where it passes, as a sentence without a full stop: `Containers are not privileged`. */
  readonly title: string;
  readonly area: Area;
  /** Three sentences in the reader's terms: what it protects, how it is attacked, what then happens. */
  readonly attack: string;
  readonly severity: Severity;
  /** Why this severity and no other: one sentence. */
  readonly severityBecause: string;
  /** Requirements it answers, by framework, by the framework's own identifiers. */
  readonly frameworks: Readonly<Partial<Record<FrameworkId, readonly string[]>>>;
}

/** A rule about objects of some kinds, checked on each of them. */
export interface Control extends ControlCard {
  readonly kinds: readonly Kind[];
  /** Empty: it holds. Throws `Unread` (through the view) where it cannot be said. */
  check(object: KubeObject, view: View): readonly Breach[] | "not-applicable";
  fix(object: KubeObject, breach: Breach, view: View): Fix;
}

interface ObjectControl<T extends KubeObject> extends ControlCard {
  check(object: T, view: View): readonly Breach[] | "not-applicable";
  fix(object: T, breach: Breach, view: View): Fix;
}

/** A control over objects of one kind. */
export const objectControl = <T extends KubeObject>(kind: Kind<T>, control: ObjectControl<T>): Control => ({
  ...control,
  kinds: [kind],
  check: (object, view) => control.check(object as T, view),
  fix: (object, breach, view) => control.fix(object as T, breach, view),
});

interface WorkloadControl extends ControlCard {
  check(workload: Workload, view: View): readonly Breach[] | "not-applicable";
  fix(workload: Workload, breach: Breach, view: View): Fix;
}

/**
 * A control over pods and what makes them, judged once, at the topmost object: a Deployment and not again its
 * ReplicaSets and pods. `breach.field` is relative to the object (`workload.prefix` first).
 */
export const workloadControl = (control: WorkloadControl): Control => ({
  ...control,
  kinds: workloadKinds,
  check: (object, view) => {
    const workload = workloadOf(object, view);
    return workload === undefined ? "not-applicable" : control.check(workload, view);
  },
  fix: (object, breach, view) => {
    const workload = workloadOf(object, view);
    return workload === undefined
      ? { kind: "by-hand", why: "it makes no pods", how: "nothing is to be done" }
      : sparingNodeParts(workload, control.fix(workload, breach, view));
  },
});
