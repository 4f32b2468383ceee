import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Container, type Log, type Pod, silentLog } from "@bulkhead/api";
import { type Kubelet, type KubeletOptions, type PodLink, removePodCgroups, startKubelet } from "../../src/index.ts";
import { createMemoryApi, type MemoryApi } from "./api.ts";
import { type ContainerdRig, startContainerd } from "./containerd.ts";

export interface AgentRig {
  readonly containerd: ContainerdRig;
  readonly api: MemoryApi;
  readonly root: string;
  /** What the packet rules were told, in order. */
  readonly links: PodLink[];
  readonly removed: string[];
  readonly agent: Kubelet;
  /** Name of the control group that holds this test's pods. */
  readonly cgroupRoot: string;
  /** Ends the agent as a kill would and starts another. */
  restartAgent(changes?: Partial<KubeletOptions>): Promise<void>;
  /** Makes a pod on this node, with the shell image where none is named. */
  pod(name: string, spec: PodSpecDraft, metadata?: Partial<Pod["metadata"]>): Pod;
  /** Deletes a pod and waits until nothing of it is left. */
  gone(name: string, grace?: number): Promise<void>;
  logOf(pod: Pod, container?: string, attempt?: number): string;
  close(): Promise<void>;
}

type PodSpecDraft = Omit<Partial<NonNullable<Pod["spec"]>>, "containers" | "initContainers"> & {
  readonly containers?: readonly Partial<Container>[];
  readonly initContainers?: readonly Partial<Container>[];
};

/** A shell script as a container's command. */
export const script = (text: string): { command: string[] } => ({ command: ["/bin/sh", "-c", text] });

/** Runs until it is told to end, and then ends at once. */
export const waits = "trap 'exit 0' TERM; while true; do sleep 1000 & wait $!; done";

export async function startAgent(options: Partial<KubeletOptions> = {}): Promise<AgentRig> {
  const containerd = await startContainerd();
  const api = createMemoryApi();
  const root = join(containerd.folder, "agent");
  const links: PodLink[] = [];
  const removed: string[] = [];
  const say = process.env["BULKHEAD_TEST_LOG"] === undefined ? undefined : console.error;
  const cgroupRoot = `bulkhead-test-${process.pid}`;
  const log: Log = say === undefined ? silentLog : { debug: say, info: say, warn: say, error: say };
  const start = async (changes: Partial<KubeletOptions> = {}): Promise<Kubelet> => {
    const agent = await startKubelet({
      client: api.client,
      nodeName: "node-1",
      root,
      criSocket: containerd.socket,
      podRules: {
        ensure: async (link) => void links.push(link),
        remove: async (uid) => void removed.push(uid),
      },
      admit: () => ({ decision: "allow", because: [] }),
      clusterDns: ["10.96.0.10"],
      cgroupRoot,
      log,
      ...options,
      ...changes,
    });
    await agent.ready;
    return agent;
  };
  let agent = await start();
  const withDefaults = (container: Partial<Container>, index: number): Container => ({
    name: `c${index}`,
    image: containerd.shell,
    imagePullPolicy: "IfNotPresent",
    ...container,
  });
  return {
    containerd,
    api,
    root,
    links,
    removed,
    cgroupRoot,
    get agent() {
      return agent;
    },
    restartAgent: async (changes) => {
      await agent.close();
      agent = await start(changes);
    },
    pod: (name, spec, metadata = {}) =>
      api.put<Pod>("pods", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "shop", labels: { app: name }, ...metadata },
        spec: {
          nodeName: "node-1",
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 5,
          ...spec,
          containers: (spec.containers ?? [script(waits)]).map(withDefaults),
          initContainers: (spec.initContainers ?? []).map((each, index) =>
            withDefaults({ name: `i${index}`, ...each }, index),
          ),
        },
      }),
    gone: async (name, grace = 0) => {
      api.deletePod("shop", name, grace);
      await api.until("shop", name, (pod) => pod === undefined);
    },
    logOf: (pod, container = "c0", attempt = 0) => {
      const { namespace, name, uid } = pod.metadata;
      const lines = readFileSync(
        join(root, "logs", `${namespace}_${name}_${uid}`, container, `${attempt}.log`),
        "utf8",
      );
      return lines
        .split("\n")
        .map((line) => line.split(" ").slice(3).join(" "))
        .join("\n");
    },
    close: async () => {
      for (const pod of api.all<Pod>("pods")) await closePod(api, pod);
      await agent.close();
      await containerd.close();
      await removePodCgroups(cgroupRoot);
    },
  };
}

async function closePod(api: MemoryApi, pod: Pod): Promise<void> {
  const { namespace = "", name = "" } = pod.metadata;
  api.deletePod(namespace, name, 0);
  await api.until(namespace, name, (current) => current === undefined);
}

export const isRunning = (pod: Pod | undefined): boolean =>
  pod?.status?.phase === "Running" &&
  pod.status.containerStatuses?.every(({ state }) => state?.running !== undefined) === true;

export const isReady = (pod: Pod | undefined): boolean =>
  pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

export const isOver = (pod: Pod | undefined): boolean =>
  pod?.status?.phase === "Succeeded" || pod?.status?.phase === "Failed";
