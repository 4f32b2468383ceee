import type { KubeObject, ObjectRef } from "@bulkhead/api";
import { judgeTemplate, type WorkloadVerdict } from "../workload/judge.ts";
import { type Snapshot, workloadRules } from "./snapshot.ts";

export const refOf = (object: KubeObject): ObjectRef => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
  name: object.metadata.name ?? object.metadata.generateName ?? "",
});

/** May this pod be, and run? Undefined for an object that makes no pods. Workloads are judged by their template. */
export const whyPod = (snapshot: Snapshot, object: KubeObject): WorkloadVerdict | undefined =>
  judgeTemplate(workloadRules(snapshot), object);

export interface Checked {
  readonly object: ObjectRef;
  readonly verdict: WorkloadVerdict;
}

const keyOf = (o: KubeObject): string =>
  `${o.apiVersion.replace(/\/.*/, "")} ${o.kind} ${o.metadata.namespace ?? ""}/${o.metadata.name ?? ""}`;

/** Judges manifests as if they were applied together onto the snapshot: a Namespace among them counts for its pods. */
export function check(snapshot: Snapshot, manifests: readonly KubeObject[]): Checked[] {
  const applied = new Map(snapshot.objects.map((o) => [keyOf(o), o]));
  for (const object of manifests) applied.set(keyOf(object), object);
  const rules = workloadRules({ ...snapshot, objects: [...applied.values()] });
  return manifests.flatMap((object) => {
    const verdict = judgeTemplate(rules, object);
    return verdict === undefined ? [] : [{ object: refOf(object), verdict }];
  });
}
