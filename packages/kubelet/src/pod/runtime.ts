import { labels } from "../config/sandbox.ts";
import { type CriClient, CriError } from "../cri/client.ts";
import {
  type CriContainer,
  type CriContainerStatus,
  type CriSandbox,
  containerState,
  namespaceMode,
  sandboxState,
} from "../cri/schema.ts";
import type { ContainerPhase, PodRuntime, RuntimeContainer, RuntimeSandbox } from "./model.ts";

/** Annotation of a container: the image as its pod's spec named it. */
export const imageAnnotation = "bulkhead.dev/image";

/** Reads what the runtime has, pod by pod. */
export interface RuntimeReader {
  read(pod: { uid: string; namespace: string; name: string }): Promise<PodRuntime>;
  /** Every pod that the runtime knows, with a fingerprint that changes when one of its parts does. */
  overview(): Promise<ReadonlyMap<string, PodSeen>>;
}

export interface PodSeen {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly fingerprint: string;
}

const milliseconds = (nanoseconds: number): number => Math.floor(nanoseconds / 1e6);

const phases: Readonly<Record<number, ContainerPhase>> = {
  [containerState.CREATED]: "created",
  [containerState.RUNNING]: "running",
  [containerState.EXITED]: "exited",
};

function toContainer(listed: CriContainer, status: CriContainerStatus): RuntimeContainer {
  return {
    id: listed.id,
    name: listed.metadata?.name ?? "",
    attempt: listed.metadata?.attempt ?? 0,
    sandboxId: listed.podSandboxId,
    phase: phases[status.state] ?? "unknown",
    createdAt: milliseconds(status.createdAt),
    startedAt: milliseconds(status.startedAt),
    finishedAt: milliseconds(status.finishedAt),
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    image: listed.annotations[imageAnnotation] ?? status.image?.image ?? "",
    imageRef: status.imageRef,
    user: status.user?.linux,
    logPath: status.logPath,
    annotations: listed.annotations,
  };
}

interface CniResult {
  readonly Interfaces?: Readonly<Record<string, { readonly Sandbox?: string }>>;
}

interface SandboxInfo {
  readonly cniResult?: CniResult;
  readonly runtimeSpec?: { readonly linux?: { readonly namespaces?: readonly { type: string; path?: string }[] } };
}

/** What the runtime tells of a sandbox's link only when asked for everything. */
export function linkOf(info: string | undefined): Pick<RuntimeSandbox, "netns" | "hostInterface"> {
  if (info === undefined) return { netns: undefined, hostInterface: undefined };
  const parsed = JSON.parse(info) as SandboxInfo;
  const outside = Object.entries(parsed.cniResult?.Interfaces ?? {}).find(([, { Sandbox }]) => !Sandbox);
  return {
    netns: parsed.runtimeSpec?.linux?.namespaces?.find(({ type }) => type === "network")?.path,
    hostInterface: outside?.[0],
  };
}

const isGone = (error: unknown): boolean => error instanceof CriError && error.code === "NotFound";

/** Newest first. */
const byAge = (a: { createdAt: number; attempt: number }, b: { createdAt: number; attempt: number }): number =>
  b.attempt - a.attempt || b.createdAt - a.createdAt;

export function createRuntimeReader(cri: CriClient): RuntimeReader {
  /** What cannot change any more (an exited container), or not while its state does not (a running one's start). */
  const containers = new Map<string, CriContainerStatus>();
  const sandboxes = new Map<string, RuntimeSandbox>();

  async function containerOf(listed: CriContainer): Promise<RuntimeContainer | undefined> {
    const known = containers.get(listed.id);
    if (known?.state === listed.state) return toContainer(listed, known);
    try {
      const { status } = await cri.call("ContainerStatus", { containerId: listed.id });
      if (status === undefined) return undefined;
      containers.set(listed.id, status);
      return toContainer(listed, status);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async function sandboxOf(listed: CriSandbox): Promise<RuntimeSandbox | undefined> {
    const known = sandboxes.get(listed.id);
    const ready = listed.state === sandboxState.READY;
    if (known?.ready === ready) return known;
    try {
      const { status, info } = await cri.call("PodSandboxStatus", { podSandboxId: listed.id, verbose: true });
      const hostNetwork = status?.linux?.namespaces?.options?.network === namespaceMode.NODE;
      const first = status?.network?.ip ?? "";
      const found: RuntimeSandbox = {
        id: listed.id,
        attempt: listed.metadata?.attempt ?? 0,
        ready: status?.state === sandboxState.READY,
        createdAt: milliseconds(listed.createdAt),
        ips: first === "" || hostNetwork ? [] : [first, ...(status?.network?.additionalIps ?? []).map(({ ip }) => ip)],
        hostNetwork,
        ...linkOf(info["info"]),
      };
      if (found.ready === ready) sandboxes.set(listed.id, found);
      return found;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  const there = <T>(values: readonly (T | undefined)[]): T[] => values.filter((value) => value !== undefined);

  return {
    read: async (pod) => {
      const selector = { labelSelector: { [labels.podUid]: pod.uid } };
      const [listedSandboxes, listedContainers] = await Promise.all([
        cri.call("ListPodSandbox", { filter: selector }),
        cri.call("ListContainers", { filter: selector }),
      ]);
      const [foundSandboxes, foundContainers] = await Promise.all([
        Promise.all(listedSandboxes.items.map((each) => sandboxOf(each))),
        Promise.all(listedContainers.containers.map((each) => containerOf(each))),
      ]);
      return {
        ...pod,
        sandboxes: there(foundSandboxes).toSorted(byAge),
        containers: there(foundContainers).toSorted(byAge),
      };
    },
    overview: async () => {
      const [{ items }, { containers: listed }] = await Promise.all([
        cri.call("ListPodSandbox", {}),
        cri.call("ListContainers", {}),
      ]);
      const seen = new Map<string, { uid: string; namespace: string; name: string; parts: string[] }>();
      for (const each of [...items, ...listed]) {
        const uid = each.labels[labels.podUid];
        if (uid === undefined) continue;
        const pod = seen.get(uid) ?? {
          uid,
          namespace: each.labels[labels.podNamespace] ?? "",
          name: each.labels[labels.podName] ?? "",
          parts: [],
        };
        pod.parts.push(`${each.id}:${each.state}`);
        seen.set(uid, pod);
      }
      const live = new Set([...items, ...listed].map(({ id }) => id));
      for (const cache of [containers, sandboxes]) for (const id of cache.keys()) if (!live.has(id)) cache.delete(id);
      return new Map(
        [...seen].map(([uid, { parts, ...pod }]) => [uid, { ...pod, fingerprint: parts.toSorted().join(" ") }]),
      );
    },
  };
}
