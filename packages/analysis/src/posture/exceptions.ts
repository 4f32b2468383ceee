import {
  clusterExceptionNamespace,
  type Exception,
  exceptionSubjectKinds,
  type KubeObject,
  type ObjectRef,
} from "@bulkhead/api";
import { exceptionRef, exceptionsFor, type Identity, normaliseExceptions, type Subject } from "@bulkhead/policy";
import { type Kind, kindKeyOf, kinds } from "../snapshot/kinds.ts";
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

/** The Exception of the decider `posture` that accepts a breach: for the workload, its account, its namespace; or for what is in none. */
export function acceptedBy(control: Control, object: KubeObject, breach: Breach, view: View): ObjectRef | undefined {
  const { namespace } = object.metadata;
  if (namespace === undefined) {
    const subject = clusterSubject(object);
    if (subject === undefined) return undefined;
    return lifting(control, breach, { namespace: clusterExceptionNamespace, subjects: [subject] }, view);
  }
  const workload = workloadOf(object, view);
  const subjects = workload?.template.identity.subjects ?? [
    ...(object.kind === "ServiceAccount" ? [{ kind: object.kind, name: object.metadata.name ?? "" } as const] : []),
    { kind: "Namespace", name: namespace } as const,
  ];
  return lifting(control, breach, { namespace, subjects }, view);
}

/** What an Exception for an object in no namespace is for; undefined of a kind that none can be for. */
export function clusterSubject(object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string | undefined };
}): Subject | undefined {
  const key = kindKeyOf(object);
  const kind = exceptionSubjectKinds.find((each) => each === object.kind);
  const known = Object.values(kinds as Readonly<Record<string, Kind>>).some(
    (each) => each.key === key && !each.namespaced,
  );
  return known && kind !== undefined ? { kind, name: object.metadata.name ?? "" } : undefined;
}

function lifting(control: Control, breach: Breach, identity: Identity, view: View): ObjectRef | undefined {
  const rules = view.derive(exceptionRules);
  const found = exceptionsFor(rules, "posture", identity).find(
    ({ spec }) => spec.rule === control.id && (spec.value === undefined || spec.value === (breach.key ?? breach.field)),
  );
  return found === undefined ? undefined : exceptionRef(found);
}
