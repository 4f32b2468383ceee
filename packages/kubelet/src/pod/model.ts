import type { Container, ContainerStatus, EphemeralContainer, Pod } from "@bulkhead/api";

/** How a container takes part in its pod's life. */
export type ContainerRole = "init" | "sidecar" | "app" | "ephemeral";

/** A container that the pod's spec asks for. */
export interface WantedContainer {
  readonly role: ContainerRole;
  readonly spec: Container | EphemeralContainer;
  /** `spec.initContainers{web}`, as events name it. */
  readonly fieldPath: string;
}

const roleOfInit = (container: Container): ContainerRole => (container.restartPolicy === "Always" ? "sidecar" : "init");

/** Init containers (sidecars among them) in their order, then app containers, then ephemeral ones. */
export const wantedContainers = (pod: Pod): readonly WantedContainer[] => [
  ...(pod.spec?.initContainers ?? []).map((spec) => ({
    role: roleOfInit(spec),
    spec,
    fieldPath: `spec.initContainers{${spec.name}}`,
  })),
  ...(pod.spec?.containers ?? []).map((spec) => ({
    role: "app" as const,
    spec,
    fieldPath: `spec.containers{${spec.name}}`,
  })),
  ...(pod.spec?.ephemeralContainers ?? []).map((spec) => ({
    role: "ephemeral" as const,
    spec,
    fieldPath: `spec.ephemeralContainers{${spec.name}}`,
  })),
];

export type ContainerPhase = "created" | "running" | "exited" | "unknown";

/** A container as the runtime has it; times in milliseconds since the epoch, 0 for never. */
export interface RuntimeContainer {
  readonly id: string;
  readonly name: string;
  /** Counts from 0; the restart count. */
  readonly attempt: number;
  readonly sandboxId: string;
  readonly phase: ContainerPhase;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  /** As the pod's spec named it. */
  readonly image: string;
  readonly imageRef: string;
  readonly user:
    | { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] }
    | undefined;
  readonly logPath: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A sandbox: the pod's namespaces and its address. */
export interface RuntimeSandbox {
  readonly id: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAt: number;
  /** Empty for a pod in the host's network. */
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
  /** Path of the network namespace, where the sandbox has one of its own. */
  readonly netns: string | undefined;
  /** The pod's link on the other side of the namespace. */
  readonly hostInterface: string | undefined;
}

/** All that the runtime has of one pod. Sandboxes and the containers of a name: newest first. */
export interface PodRuntime {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly sandboxes: readonly RuntimeSandbox[];
  readonly containers: readonly RuntimeContainer[];
}

export const nothingRunning = (pod: { uid: string; namespace: string; name: string }): PodRuntime => ({
  uid: pod.uid,
  namespace: pod.namespace,
  name: pod.name,
  sandboxes: [],
  containers: [],
});

/** The newest container of a name. */
export const latest = (runtime: PodRuntime, name: string): RuntimeContainer | undefined =>
  runtime.containers.find((container) => container.name === name);

/** The one before the newest. */
export const previous = (runtime: PodRuntime, name: string): RuntimeContainer | undefined =>
  runtime.containers.filter((container) => container.name === name)[1];

/** `namespace/name`, for logs and messages. */
export const podName = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`;

/** A pod's UID; the server gives one to every pod. */
export const podUid = (pod: Pod): string => pod.metadata.uid ?? "";

export const usesHostNetwork = (pod: Pod): boolean => pod.spec?.hostNetwork === true;

/** The status the API has of a container already. */
export const knownStatus = (pod: Pod, name: string): ContainerStatus | undefined =>
  [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ].find((status) => status.name === name);
