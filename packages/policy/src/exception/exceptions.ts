import type { Exception, ExceptionDecider, ObjectRef } from "@bulkhead/api";
import { clusterExceptionNamespace, exceptionDeciders, exceptionSubjectKinds, securityApiVersion } from "@bulkhead/api";
import type { Because } from "../verdict.ts";
import { type Identity, isClusterKind } from "./subject.ts";

/** Exceptions that hold now, by decider and subject; and those that do not, with why. */
export interface ExceptionRules {
  readonly byDecider: ReadonlyMap<ExceptionDecider, ReadonlyMap<string, readonly Exception[]>>;
  /** Expired or incomplete ones: they lift nothing. */
  readonly problems: readonly Because[];
  /** Those that held until they expired: a refusal says that it was lifted before. */
  readonly expired: readonly Exception[];
  /** When the next one expires (ms since the epoch). */
  readonly until: number | undefined;
}

export const exceptionRef = (exception: Exception): ObjectRef => ({
  apiVersion: securityApiVersion,
  kind: "Exception",
  namespace: exception.metadata.namespace ?? "",
  name: exception.metadata.name ?? "",
});

const key = (namespace: string, kind: string, name: string): string => `${namespace}/${kind}/${name}`;
const blank = (text: string | undefined): boolean => text === undefined || text.trim() === "";

/** RFC 3339 with a zone, as apimachinery takes it; NaN otherwise. */
export const parseTime = (text: string | undefined): number =>
  text !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;

/** Why an exception lifts nothing, or undefined when it holds. The schema asks for all this too: two locks. */
function flaw(exception: Exception, now: number): Because | undefined {
  const { spec } = exception;
  const object = exceptionRef(exception);
  const name = `Exception ${object.namespace}/${object.name}`;
  const expires = parseTime(spec?.expires);
  if (Number.isNaN(expires)) {
    return { object, field: "spec.expires", rule: "expires", says: `${name} has no readable end and lifts nothing` };
  }
  if (expires <= now) {
    return {
      object,
      field: "spec.expires",
      rule: "expired",
      says: `${name} expired at ${spec.expires} and lifts nothing any more`,
    };
  }
  for (const field of ["reason", "author", "rule"] as const) {
    if (blank(spec[field]))
      return { object, field: `spec.${field}`, rule: field, says: `${name} has no ${field} and lifts nothing` };
  }
  if (!exceptionDeciders.includes(spec.decider)) {
    return { object, field: "spec.decider", rule: "decider", says: `${name} names no decider that honours exceptions` };
  }
  if (!exceptionSubjectKinds.includes(spec.subject?.kind) || blank(spec.subject.name)) {
    return { object, field: "spec.subject", rule: "subject", says: `${name} is for nobody` };
  }
  // What is in no namespace is excepted where only those may write who answer for the cluster, and of posture alone.
  const clusterWide = spec.decider === "posture" && object.namespace === clusterExceptionNamespace;
  if (isClusterKind(spec.subject.kind) && !clusterWide) {
    return {
      object,
      field: "spec.subject.kind",
      rule: "subject",
      says: `${name} is for what is in no namespace: such an Exception counts in ${clusterExceptionNamespace} and for posture alone`,
    };
  }
  if (spec.subject.kind === "Namespace" && spec.subject.name !== object.namespace && !clusterWide) {
    return {
      object,
      field: "spec.subject.name",
      rule: "subject",
      says: `${name} is for another namespace than its own`,
    };
  }
  return undefined;
}

/** Sorts exceptions by whom they are for. `now` in milliseconds since the epoch. */
export function normaliseExceptions(exceptions: readonly Exception[], now: number): ExceptionRules {
  const byDecider = new Map<ExceptionDecider, Map<string, Exception[]>>();
  const problems: Because[] = [];
  const expired: Exception[] = [];
  let until: number | undefined;
  for (const exception of exceptions) {
    const problem = flaw(exception, now);
    if (problem !== undefined) {
      problems.push(problem);
      if (problem.rule === "expired") expired.push(exception);
      continue;
    }
    const expires = parseTime(exception.spec.expires);
    until = until === undefined ? expires : Math.min(until, expires);
    const bySubject = byDecider.get(exception.spec.decider) ?? new Map<string, Exception[]>();
    byDecider.set(exception.spec.decider, bySubject);
    const { kind, name } = exception.spec.subject;
    const at = key(exception.metadata.namespace ?? "", kind, name);
    bySubject.set(at, [...(bySubject.get(at) ?? []), exception]);
  }
  return { byDecider, problems, expired, until };
}

/** The exceptions of one decider that are for this pod, by any of its names. */
export function exceptionsFor(
  rules: ExceptionRules,
  decider: ExceptionDecider,
  identity: Identity,
): readonly Exception[] {
  const bySubject = rules.byDecider.get(decider);
  if (bySubject === undefined) return [];
  return identity.subjects.flatMap((s) => bySubject.get(key(identity.namespace, s.kind, s.name)) ?? []);
}

/** Those of one decider that were for this pod, and lift nothing any more. */
export const expiredFor = (
  rules: ExceptionRules,
  decider: ExceptionDecider,
  identity: Identity,
): readonly Exception[] =>
  rules.expired.filter(
    ({ metadata, spec }) =>
      spec.decider === decider &&
      metadata.namespace === identity.namespace &&
      identity.subjects.some(({ kind, name }) => kind === spec.subject?.kind && name === spec.subject.name),
  );

/** The one that lifts this rule for this value, if there is one. Only an exception without a value lifts every value. */
export function liftedBy(
  exceptions: readonly Exception[],
  rule: string,
  value: string | undefined,
): Exception | undefined {
  return exceptions.find((e) => e.spec.rule === rule && (e.spec.value === undefined || e.spec.value === value));
}
