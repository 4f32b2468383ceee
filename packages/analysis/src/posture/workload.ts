import type { Container, KubeObject, ObjectRef, PodSpec } from "@bulkhead/api";
import { type Template, templateOf } from "@bulkhead/policy";
import { type Kind, kindKeyOf, workloadKinds } from "../snapshot/kinds.ts";
import type { Derivation, View } from "../snapshot/view.ts";

/** A container of a workload, with where it stands in the object. */
export interface PlacedContainer {
  readonly container: Container;
  readonly name: string;
  /** `spec.template.spec.initContainers[0]`. */
  readonly field: string;
  /** A sidecar is an init container that restarts always. */
  readonly role: "main" | "init" | "sidecar" | "ephemeral";
}

/** A pod, or what makes pods, as a control sees it. */
export interface Workload {
  readonly object: KubeObject;
  readonly ref: ObjectRef;
  readonly namespace: string;
  /** The pod's own metadata (labels, annotations), its spec, and whom Exceptions are for. */
  readonly template: Template;
  readonly spec: PodSpec;
  /** What stands before a field of the pod: `spec.template.`, or "". */
  readonly prefix: string;
  /** Main, then init, then ephemeral ones. */
  readonly containers: readonly PlacedContainer[];
}

const noWorkload = Symbol("no workload");
const known = new WeakMap<KubeObject, Workload | typeof noWorkload>();
const byKey = new Map<string, Kind>(workloadKinds.map((kind) => [kind.key, kind]));

function placed(spec: PodSpec, prefix: string): PlacedContainer[] {
  const of = (list: readonly Container[] | undefined, name: string, role: (c: Container) => PlacedContainer["role"]) =>
    (list ?? []).map((container, index) => ({
      container,
      name: container.name,
      field: `${prefix}spec.${name}[${index}]`,
      role: role(container),
    }));
  return [
    ...of(spec.containers, "containers", () => "main"),
    ...of(spec.initContainers, "initContainers", (c) => (c.restartPolicy === "Always" ? "sidecar" : "init")),
    ...of(spec.ephemeralContainers as readonly Container[] | undefined, "ephemeralContainers", () => "ephemeral"),
  ];
}

function read(object: KubeObject): Workload | undefined {
  const template = templateOf(object);
  if (template === undefined) return undefined;
  const { metadata } = object;
  return {
    object,
    ref: refOf(object),
    namespace: metadata.namespace ?? "",
    template,
    spec: template.spec,
    prefix: template.prefix,
    containers: placed(template.spec, template.prefix),
  };
}

/** The name of an object as messages and fixes use it. */
export const refOf = ({ apiVersion, kind, metadata }: KubeObject): ObjectRef => ({
  apiVersion,
  kind,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  name: metadata.name ?? "",
});

/** The workload in an object; undefined where it makes no pods, or where what controls it is judged instead. */
export function workloadOf(object: KubeObject, view: View): Workload | undefined {
  const seen = known.get(object);
  const workload = seen ?? read(object) ?? noWorkload;
  if (seen === undefined) known.set(object, workload);
  if (workload === noWorkload) return undefined;
  const owner = object.metadata.ownerReferences?.find((o) => o.controller === true);
  const kind = owner === undefined ? undefined : byKey.get(kindKeyOf(owner));
  if (owner === undefined || kind === undefined || !view.knows(kind, workload.namespace)) return workload;
  return view.get(kind, workload.namespace, owner.name) === undefined ? workload : undefined;
}

/** Those of one namespace (the key). */
const judgedIn: Derivation<readonly Workload[]> = {
  name: "judged-workloads",
  compute: (view, namespace) =>
    workloadKinds.flatMap((kind) =>
      view.list(kind, namespace).flatMap((object) => {
        const workload = workloadOf(object, view);
        return workload === undefined ? [] : [workload];
      }),
    ),
  same: (a, b) => a.length === b.length && a.every((workload, index) => workload === b[index]),
};

/** Where there is anything that makes pods. */
const namespacesOfWorkloads: Derivation<readonly string[]> = {
  name: "namespaces-of-workloads",
  compute: (view) => [...new Set(workloadKinds.flatMap((kind) => view.namespaces(kind)))],
  same: (a, b) => a.length === b.length && a.every((name, index) => name === b[index]),
};

/** All that are judged, anywhere or in a namespace. */
export const workloadsIn = (view: View, namespace?: string): readonly Workload[] =>
  namespace === undefined
    ? view.derive(namespacesOfWorkloads).flatMap((each) => view.derive(judgedIn, each))
    : view.derive(judgedIn, namespace);

/** The account that a workload's pods run under. */
export const serviceAccountOf = ({ spec }: Workload): string => {
  const name = spec.serviceAccountName ?? spec.serviceAccount;
  return name === undefined || name === "" ? "default" : name;
};
