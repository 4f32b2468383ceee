import type { Exception, KubeObject, ObjectRef } from "@bulkhead/api";
import { exceptionRef, exceptionsFor, normaliseExceptions } from "@bulkhead/policy";
import { kinds } from "../snapshot/kinds.ts";
import type { Derivation, View } from "../snapshot/view.ts";
import type { Breach, Control } from "./control.ts";
import { workloadOf } from "./workload.ts";

/** The Exceptions that hold now, by whom they are for. */
export const exceptionRules: Derivation<ReturnType<typeof normaliseExceptions>> = {
  name: "exceptions",
  compute: (view) =>
    normaliseExceptions(
      // Of several that lift the same, the one that lasts longest is named, in whatever order they came.
      view.knows(kinds.exception) ? view.list(kinds.exception).toSorted(longestFirst) : [],
      view.now(),
    ),
  // Time passes for all of them; what holds changes seldom.
  same: (a, b) => JSON.stringify(namesIn(a)) === JSON.stringify(namesIn(b)),
};

const lasts = ({ spec, metadata }: Exception): string =>
  `${spec?.expires ?? ""} ${metadata.namespace}/${metadata.name}`;
const longestFirst = (a: Exception, b: Exception): number => (lasts(a) > lasts(b) ? -1 : 1);

const namesIn = ({ byDecider, expired }: ReturnType<typeof normaliseExceptions>): readonly string[][] => [
  ...[...byDecider].map(([decider, bySubject]) => [decider, ...[...bySubject.values()].flat().map(revisionOf)]),
  expired.map(revisionOf),
];

const revisionOf = ({ metadata, spec }: Exception): string =>
  metadata.uid === undefined
    ? JSON.stringify([metadata.namespace, metadata.name, spec])
    : `${metadata.uid} ${metadata.resourceVersion}`;

/** The Exception of the decider `posture` that accepts a breach: for the workload, its account, or its namespace. */
export function acceptedBy(control: Control, object: KubeObject, breach: Breach, view: View): ObjectRef | undefined {
  const namespace = object.metadata.namespace;
  if (namespace === undefined) return undefined;
  const workload = workloadOf(object, view);
  const subjects = workload?.template.identity.subjects ?? [
    ...(object.kind === "ServiceAccount" ? [{ kind: object.kind, name: object.metadata.name ?? "" } as const] : []),
    { kind: "Namespace", name: namespace } as const,
  ];
  const rules = view.derive(exceptionRules);
  const found = exceptionsFor(rules, "posture", { namespace, subjects }).find(
    ({ spec }) => spec.rule === control.id && (spec.value === undefined || spec.value === (breach.key ?? breach.field)),
  );
  return found === undefined ? undefined : exceptionRef(found);
}
