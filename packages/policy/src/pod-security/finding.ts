import type { Container, EphemeralContainer, ObjectMeta, PodSpec } from "@bulkhead/api";

/** What a check looks at: a pod's or a template's metadata and spec. */
export interface JudgedPod {
  readonly metadata: Pick<ObjectMeta, "annotations">;
  readonly spec: PodSpec;
}

/** One field that breaks a check. */
export interface Finding {
  /** `spec.containers[0].securityContext.privileged` */
  readonly field: string;
  /** Who set it. */
  readonly setter: "pod" | "container" | "volume" | "annotation";
  /** The container's, volume's or annotation's name; "" for the pod. */
  readonly name: string;
  /** What was found, where that tells one finding from another: a capability, a port, a path. */
  readonly value?: string;
  /** What the message groups by, where it is not `value`: the volume's type for a path. */
  readonly kind?: string;
  /** What would pass, as YAML. */
  readonly passing: string;
  /** Nothing was set where something must be. */
  readonly missing?: true;
}

export type AnyContainer = Container | EphemeralContainer;

/** Init, ordinary and ephemeral containers alike, in that order, with their paths. */
export function* containersOf(spec: PodSpec): Generator<readonly [container: AnyContainer, path: string]> {
  for (const [i, c] of (spec.initContainers ?? []).entries()) yield [c, `spec.initContainers[${i}]`];
  for (const [i, c] of (spec.containers ?? []).entries()) yield [c, `spec.containers[${i}]`];
  for (const [i, c] of (spec.ephemeralContainers ?? []).entries()) yield [c, `spec.ephemeralContainers[${i}]`];
}

export const quote = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(", ");

export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);

/** Each container's (volume's) name once, in order of appearance. */
export const namesOf = (findings: readonly Finding[], setter: Finding["setter"]): string[] => [
  ...new Set(findings.filter((f) => f.setter === setter).map((f) => f.name)),
];

export const valuesOf = (findings: readonly Finding[]): string[] =>
  [...new Set(findings.map((f) => f.kind ?? f.value).filter((v) => v !== undefined))].sort();

/** `container "a"`, `containers "a", "b"`. */
export function containersSay(findings: readonly Finding[]): string {
  const names = namesOf(findings, "container");
  return `${plural("container", "containers", names.length)} ${quote(names)}`;
}

/** `pod and containers "a", "b"`: whoever set something that is forbidden. */
export function settersSay(findings: readonly Finding[]): string {
  const parts = findings.some((f) => f.setter === "pod") ? ["pod"] : [];
  if (findings.some((f) => f.setter === "container")) parts.push(containersSay(findings));
  return parts.join(" and ");
}

/** In a user namespace, root in the pod is nobody on the node (KEP-127). */
export const hasUserNamespace = (spec: PodSpec): boolean => spec.hostUsers === false;

export const isWindows = (spec: PodSpec): boolean => spec.os?.name === "windows";
