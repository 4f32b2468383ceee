import type { ExceptionSubjectKind } from "@bulkhead/api";
import { type Kind, kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

const kindOf: Readonly<Record<Exclude<ExceptionSubjectKind, "Namespace">, Kind>> = {
  Pod: kinds.pod,
  Deployment: kinds.deployment,
  ReplicaSet: kinds.replicaSet,
  StatefulSet: kinds.statefulSet,
  DaemonSet: kinds.daemonSet,
  Job: kinds.job,
  CronJob: kinds.cronJob,
  ServiceAccount: kinds.serviceAccount,
};

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
    // The namespace that it lies in is there.
    if (kind === undefined || name === undefined || kind === "Namespace") return [];
    const subject: Kind | undefined = kindOf[kind];
    if (subject === undefined || view.get(subject, metadata.namespace ?? "", name) !== undefined) return [];
    return [{ field: "spec.subject", says: `there is no ${kind} ${name} in namespace ${metadata.namespace}` }];
  },
  fix: (exception) => ({
    kind: "edits",
    edits: [{ op: "delete", object: refOf(exception) }],
    mind: "a workload of that name that is still to come would be refused: make the Exception with it",
  }),
});
