import type { Ingress, KubeObject, PersistentVolume, RbacSubject, RoleBinding, Service } from "@bulkhead/api";
import { grantsOfRole, roleKey } from "../../deciders/grants.ts";
import { imageKeys, imagesIn } from "../../deciders/image-content.ts";
import { heldPods, podsOf } from "../../deciders/network.ts";
import { type Kind, kindKeyOf, kinds } from "../../snapshot/kinds.ts";
import type { Derivation, View } from "../../snapshot/view.ts";
import { refOf, serviceAccountOf, type Workload, workloadsIn } from "../workload.ts";
import { secretsOf } from "./holdings.ts";
import { type ObjectKey, workloadKey } from "./workload-factors.ts";

/** The workloads that an object has to do with; `all`: the whole cluster stands behind it. */
export type Touched = readonly ObjectKey[] | "all";

interface Indexed {
  readonly workloads: readonly Workload[];
  readonly byAccount: ReadonlyMap<string, readonly ObjectKey[]>;
  readonly bySecret: ReadonlyMap<string, readonly ObjectKey[]>;
  readonly byConfigMap: ReadonlyMap<string, readonly ObjectKey[]>;
  readonly byClaim: ReadonlyMap<string, readonly ObjectKey[]>;
  readonly byImage: ReadonlyMap<string, readonly ObjectKey[]>;
}

function gathered(pairs: Iterable<readonly [string, ObjectKey]>): ReadonlyMap<string, readonly ObjectKey[]> {
  const found = new Map<string, ObjectKey[]>();
  for (const [key, value] of pairs) {
    const list = found.get(key);
    if (list === undefined) found.set(key, [value]);
    else if (list.at(-1) !== value) list.push(value);
  }
  return found;
}

const configMapsOf = ({ spec, containers }: Workload): readonly string[] => [
  ...(spec.volumes ?? []).flatMap(({ configMap, projected }) => [
    configMap?.name ?? "",
    ...(projected?.sources ?? []).map((source) => source.configMap?.name ?? ""),
  ]),
  ...containers.flatMap(({ container }) => [
    ...(container.envFrom ?? []).map(({ configMapRef }) => configMapRef?.name ?? ""),
    ...(container.env ?? []).map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? ""),
  ]),
];

const claimsOf = ({ spec }: Workload): readonly string[] =>
  (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

/** The workloads of a namespace (the key), found by what they name. */
const indexed: Derivation<Indexed> = {
  name: "workloads-by-what-they-name",
  compute: (view, namespace) => {
    const workloads = workloadsIn(view, namespace);
    const by = (names: (workload: Workload) => readonly string[]): ReadonlyMap<string, readonly ObjectKey[]> =>
      gathered(workloads.flatMap((w) => names(w).map((name) => [name, workloadKey(w)] as const)));
    return {
      workloads,
      byAccount: by((workload) => [serviceAccountOf(workload)]),
      bySecret: by(secretsOf),
      byConfigMap: by(configMapsOf),
      byClaim: by(claimsOf),
      byImage: by((workload) => imagesIn(workload).map(imageKeys.ofImage)),
    };
  },
};

const keysIn = (view: View, namespace: string): readonly ObjectKey[] =>
  view.derive(indexed, namespace).workloads.map(workloadKey);

/** The pods of a namespace (the key), each with its workload. */
const workloadOfPod: Derivation<ReadonlyMap<string, ObjectKey>> = {
  name: "workload-of-pod",
  compute: (view, namespace) =>
    new Map(
      view
        .derive(indexed, namespace)
        .workloads.flatMap((workload) => podsOf(view, workload).map((pod) => [pod, workloadKey(workload)] as const)),
    ),
};

/** The workloads on each node, by its name. */
const byNode: Derivation<ReadonlyMap<string, readonly ObjectKey[]>> = {
  name: "workloads-by-node",
  compute: (view) =>
    gathered(
      view.list(kinds.pod).flatMap(({ metadata, spec }) => {
        const namespace = metadata.namespace ?? "";
        const workload = view.derive(workloadOfPod, namespace).get(`${namespace}/${metadata.name ?? ""}`);
        return workload === undefined || spec?.nodeName === undefined ? [] : [[spec.nodeName, workload] as const];
      }),
    ),
};

/** Whose tokens or certificates a binding's subjects are: people touch no workload, groups of accounts many. */
function ofSubjects(subjects: readonly RbacSubject[], home: string, view: View): Touched {
  const found: ObjectKey[] = [];
  for (const { kind, name, namespace } of subjects) {
    if (kind === "ServiceAccount") {
      const index = view.derive(indexed, namespace ?? home);
      found.push(...(index.byAccount.get(name) ?? []));
    } else if (kind === "Group") {
      if (["system:serviceaccounts", "system:authenticated", "system:unauthenticated"].includes(name)) return "all";
      const of = /^system:serviceaccounts:(.+)$/.exec(name)?.[1];
      if (of !== undefined) found.push(...keysIn(view, of));
    }
  }
  return [...new Set(found)];
}

function ofService({ metadata, spec }: Service, view: View): readonly ObjectKey[] {
  const selector = Object.entries(spec?.selector ?? {});
  if (selector.length === 0) return [];
  return view
    .derive(indexed, metadata.namespace ?? "")
    .workloads.filter(({ template }) => selector.every(([key, value]) => template.metadata.labels?.[key] === value))
    .map(workloadKey);
}

function ofIngress({ metadata, spec }: Ingress, view: View): readonly ObjectKey[] {
  const names = new Set(
    [
      spec?.defaultBackend?.service?.name,
      ...(spec?.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend.service?.name)),
    ].filter((name) => name !== undefined),
  );
  const namespace = metadata.namespace ?? "";
  return [...names].flatMap((name) => {
    const service = view.get(kinds.service, namespace, name);
    return service === undefined ? [] : ofService(service, view);
  });
}

function ofVolume({ spec }: PersistentVolume, view: View): readonly ObjectKey[] {
  const { namespace, name } = spec?.claimRef ?? {};
  return namespace === undefined || name === undefined ? [] : (view.derive(indexed, namespace).byClaim.get(name) ?? []);
}

const nameIn = ({ metadata }: KubeObject): string => metadata.name ?? "";
const homeOf = ({ metadata }: KubeObject): string => metadata.namespace ?? "";

type Finder = (object: KubeObject, view: View) => Touched;
const finder = <T extends KubeObject>(kind: Kind<T>, find: (object: T, view: View) => Touched): [string, Finder] => [
  kind.key,
  (object, view) => find(object as T, view),
];

const ofBinding = (binding: RoleBinding, view: View): Touched =>
  ofSubjects(binding.subjects ?? [], homeOf(binding), view);
const ofRole = (role: KubeObject, view: View): Touched =>
  ofSubjects(
    view.derive(grantsOfRole, roleKey(refOf(role))).map(({ grant }) => grant.subject),
    homeOf(role),
    view,
  );
const onNode = (object: KubeObject, view: View): Touched => view.derive(byNode).get(nameIn(object)) ?? [];

const finders: ReadonlyMap<string, Finder> = new Map([
  finder(kinds.namespace, (object, view) => keysIn(view, nameIn(object))),
  finder(kinds.serviceAccount, (o, view) => view.derive(indexed, homeOf(o)).byAccount.get(nameIn(o)) ?? []),
  finder(kinds.secret, (o, view) => view.derive(indexed, homeOf(o)).bySecret.get(nameIn(o)) ?? []),
  finder(kinds.configMap, (o, view) => view.derive(indexed, homeOf(o)).byConfigMap.get(nameIn(o)) ?? []),
  finder(kinds.persistentVolumeClaim, (o, view) => view.derive(indexed, homeOf(o)).byClaim.get(nameIn(o)) ?? []),
  finder(kinds.persistentVolume, ofVolume),
  finder(kinds.service, ofService),
  finder(kinds.ingress, ofIngress),
  finder(kinds.networkPolicy, (object, view) => {
    const namespace = homeOf(object);
    const workloads = view.derive(workloadOfPod, namespace);
    const held = view.derive(heldPods, namespace).get(nameIn(object)) ?? [];
    return [...new Set(held.flatMap((pod) => workloads.get(pod) ?? []))];
  }),
  finder(kinds.role, ofRole),
  finder(kinds.clusterRole, ofRole),
  finder(kinds.roleBinding, ofBinding),
  finder(kinds.clusterRoleBinding, ofBinding),
  finder(kinds.node, onNode),
  finder(kinds.nodeFacts, onNode),
  finder(kinds.imageReport, ({ report }, view) => {
    const keys = imageKeys.ofReport(report);
    return report.namespaces.flatMap((namespace) => {
      const { byImage } = view.derive(indexed, namespace);
      return [...new Set(keys.flatMap((key) => byImage.get(key) ?? []))];
    });
  }),
  finder(kinds.storageClass, () => []),
]);

/** The workloads that an object other than a workload has to do with. Throws `Unread` where they could not be read. */
export function touchedBy(object: KubeObject, view: View): Touched {
  const find = finders.get(kindKeyOf(object));
  if (find !== undefined) return find(object, view);
  return object.metadata.namespace === undefined ? "all" : keysIn(view, object.metadata.namespace);
}
