import type { Deployment, Node, Pod, ReplicaSet } from "@bulkhead/api";

/** Builders for tests: the least that a controller looks at. */

let count = 0;
const uid = (): string => `uid-${++count}`;

export function makePod(init: {
  readonly name?: string;
  readonly labels?: Record<string, string>;
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly readySince?: string;
  readonly created?: string;
  readonly deleting?: boolean;
  readonly annotations?: Record<string, string>;
  readonly spec?: Partial<NonNullable<Pod["spec"]>>;
}): Pod {
  const name = init.name ?? `pod-${count + 1}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: "n",
      name,
      uid: uid(),
      ...(init.labels === undefined ? {} : { labels: init.labels }),
      ...(init.annotations === undefined ? {} : { annotations: init.annotations }),
      ...(init.created === undefined ? {} : { creationTimestamp: init.created }),
      ...(init.deleting === true ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
      ...(init.owner === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: "apps/v1", ...init.owner, controller: true, blockOwnerDeletion: true }] }),
    },
    spec: {
      containers: [{ name: "c", image: "x" }],
      ...(init.node === undefined ? {} : { nodeName: init.node }),
      ...init.spec,
    },
    status: {
      phase: init.phase ?? "Running",
      ...(init.ready === undefined
        ? {}
        : {
            conditions: [
              {
                type: "Ready",
                status: init.ready ? "True" : "False",
                lastTransitionTime: init.readySince ?? "2026-01-01T00:00:00Z",
              },
            ],
          }),
    },
  };
}

export function makeReplicaSet(replicas: number, more: Partial<ReplicaSet["metadata"]> = {}): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { namespace: "n", name: "r", uid: uid(), generation: 1, ...more },
    spec: {
      replicas,
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "x" }] } },
    },
  };
}

export function makeDeployment(replicas: number, spec: Partial<NonNullable<Deployment["spec"]>> = {}): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "n", name: "d", uid: "deployment", generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "x:1" }] } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...spec,
    },
  };
}

export function makeNode(
  name: string,
  init: Partial<Node["spec"]> & { readonly labels?: Record<string, string> } = {},
): Node {
  const { labels, ...spec } = init;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, uid: uid(), labels: { "kubernetes.io/hostname": name, ...labels } },
    spec,
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "10" } },
  };
}
