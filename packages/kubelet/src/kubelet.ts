import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { networkInterfaces, totalmem } from "node:os";
import { join } from "node:path";
import type { Pod, Secret } from "@bulkhead/api";
import { createEventRecorder, createInformer, resources } from "@bulkhead/client";
import { parseResolvConf } from "./config/names.ts";
import { isAddressable } from "./config/plain-name.ts";
import { probeMachine } from "./containerd/machine.ts";
import { createCriClient } from "./cri/client.ts";
import { createImageCollector, defaultImageThresholds } from "./images/collector.ts";
import { createImagePuller } from "./images/puller.ts";
import { defaultLogLimits, rotateLog } from "./logs/rotate.ts";
import { allocatable, capacity } from "./node/capacity.ts";
import { startNode } from "./node/node.ts";
import type { Kubelet, KubeletOptions } from "./options.ts";
import { createPodCgroups } from "./pod/cgroups.ts";
import { podUid } from "./pod/model.ts";
import type { PodIdentity } from "./pod/pod-identity.ts";
import { createPodWorker, type PodWorker } from "./pod/pod-worker.ts";
import { createObjectSource } from "./pod/referenced-objects.ts";
import { createRuntimeReader, type PodSeen } from "./pod/runtime.ts";
import { watchStorage } from "./pod/storage-watch.ts";
import { openUserRanges } from "./pod/user-ranges.ts";
import { createProber } from "./probes/prober.ts";
import { startServer } from "./server/server.ts";
import type { Tools } from "./steps/tools.ts";
import { logsFolder, podsFolder } from "./volumes/folders.ts";
import { createPodVolumes } from "./volumes/pod-volumes.ts";
import { createPodTokens } from "./volumes/tokens.ts";

const identityOf = (pod: Pod): PodIdentity => ({
  uid: podUid(pod),
  namespace: pod.metadata.namespace ?? "",
  name: pod.metadata.name ?? "",
});

/** The first address of each family that is not loopback or link-local. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const first = (family: "IPv4" | "IPv6") =>
    all.find(({ internal, family: is, address }) => !internal && is === family && !/^(169\.254\.|fe80)/.test(address));
  return [first("IPv4"), first("IPv6")].filter((found) => found !== undefined).map(({ address }) => address);
}

const nodeResolvConf = (): string => {
  const systemd = "/run/systemd/resolve/resolv.conf";
  const path = existsSync(systemd) ? systemd : "/etc/resolv.conf";
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

const defaultReserved = { cpu: "100m", memory: "256Mi" };

/**
 * Starts the agent: registers the node, adopts what runs, and from then on makes what runs here what the API wants.
 * Nothing is stopped before the API has said what it wants.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { client, nodeName, root, log } = options;
  const now = options.now ?? Date.now;
  const stop = new AbortController();
  const machine = options.machine ?? probeMachine();
  const hostIps = options.hostIps ?? ownAddresses();
  for (const folder of [root, podsFolder(root), logsFolder(root)]) {
    await mkdir(folder, { recursive: true });
  }
  await chmod(podsFolder(root), 0o700);

  const cri = createCriClient({ socket: options.criSocket });
  const recorder =
    options.events === undefined
      ? createEventRecorder({ client, component: "kubelet", host: nodeName, log })
      : undefined;
  const events = options.events ?? recorder ?? { event() {} };
  const reader = createRuntimeReader(cri);
  const objects = createObjectSource(client, now);
  const ranges = await openUserRanges({ root, ...(options.userRanges ?? { first: 0x2000_0000, count: 4096 }) });
  const own = capacity(options.maxPods ?? 110, root);
  const shown = allocatable(own, options.reserved ?? defaultReserved);
  const services = createInformer({ client, resource: resources.services, signal: stop.signal, log });
  const pullSecrets = async (pod: Pod): Promise<Secret[]> => {
    const source = objects.of(pod.metadata.namespace ?? "");
    const found = await Promise.all((pod.spec?.imagePullSecrets ?? []).map(({ name }) => source.secret(name ?? "")));
    return found.filter((secret) => secret !== undefined);
  };
  const images = createImagePuller({ cri, credentials: options.registries ?? [], pullSecrets, events, log, now });
  const workers = new Map<string, PodWorker>();
  const prober = createProber({ cri, events, now, hostIps, changed: (uid) => workers.get(uid)?.wake() });
  const tools: Tools = {
    client,
    cri,
    rules: options.podRules,
    admit: options.admit,
    admitImage: options.admitImage ?? (async () => ({ decision: "allow", because: [] })),
    volumes: createPodVolumes({ root, machine, log }),
    images,
    tokens: createPodTokens(client, now),
    objects,
    ranges,
    cgroups: createPodCgroups({
      setup: machine.cgroups,
      root: options.cgroupRoot ?? "bulkhead",
      pidsLimit: options.podPidsLimit ?? 4096,
    }),
    events,
    log,
    now,
    services: () => services.list(),
    settings: {
      nodeName,
      root,
      cgroupRoot: options.cgroupRoot ?? "bulkhead",
      hostIps,
      allocatable: shown,
      dns: {
        clusterDns: options.clusterDns,
        clusterDomain: options.clusterDomain ?? "cluster.local",
        node: parseResolvConf(nodeResolvConf()),
      },
      seccompFolder: options.seccompFolder ?? join(root, "seccomp"),
      userNamespaces: options.userNamespaces ?? "unless-host-users",
      machine,
      capabilities: options.capabilities,
      resources: {
        memoryCapacity: totalmem(),
        canLowerOomScore: machine.sysResource,
        cgroupVersion: machine.cgroups.version,
        pidsLimit: options.podPidsLimit ?? 4096,
      },
    },
  };

  const workerOf = (identity: PodIdentity): PodWorker => {
    const known = workers.get(identity.uid);
    if (known !== undefined) return known;
    const made = createPodWorker({
      identity,
      tools,
      reader,
      prober,
      log,
      done: () => void workers.delete(identity.uid),
      ...(options.refreshEvery === undefined ? {} : { refreshEvery: options.refreshEvery }),
    });
    workers.set(identity.uid, made);
    return made;
  };

  const pods = createInformer({
    client,
    resource: resources.pods,
    signal: stop.signal,
    fieldSelector: `spec.nodeName=${nodeName}`,
    log,
  });
  let knows = false;
  pods.onChange((current, previous) => {
    // A name may have gone to another pod between two looks.
    if (previous !== undefined && previous.metadata.uid !== current?.metadata.uid) {
      workers.get(podUid(previous))?.want(undefined, previous);
    }
    if (current === undefined) return;
    // Names become folders and control groups: whatever the API says, nothing outside of ours is touched.
    if (!isAddressable(current)) {
      log.error({ pod: current.metadata.name?.slice(0, 253) }, "a pod with names that are none is left alone");
      return;
    }
    workerOf(identityOf(current)).want(current);
  });

  let seen: ReadonlyMap<string, PodSeen> = new Map();
  /** The whole truth of the runtime: wakes whom it changed for, and ends what nobody wants. */
  async function relist(): Promise<void> {
    const next = await reader.overview();
    for (const [uid, pod] of next) {
      if (seen.get(uid)?.fingerprint !== pod.fingerprint) workers.get(uid)?.wake();
      if (knows && !workers.has(uid)) workerOf(pod).want(undefined);
    }
    for (const uid of seen.keys()) if (!next.has(uid)) workers.get(uid)?.wake();
    seen = next;
  }

  /** Folders of pods that neither the API nor the runtime knows: what a killed agent left. */
  async function sweepFolders(): Promise<void> {
    for (const uid of await readdir(podsFolder(root))) {
      if (!workers.has(uid)) workerOf({ uid, namespace: "", name: "" }).want(undefined);
    }
    for (const name of await readdir(logsFolder(root))) {
      if (!workers.has(name.split("_")[2] ?? ""))
        await rm(join(logsFolder(root), name), { recursive: true, force: true });
    }
  }

  async function listen(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        for await (const event of cri.events(stop.signal)) {
          workers.get(event.podSandboxStatus?.metadata?.uid ?? "")?.wake();
        }
      } catch (error) {
        log.debug({ error: String(error) }, "the runtime's event stream ended");
      }
      // A runtime that came back may hold anything: look at all of it.
      await nap(1000);
      await relist().catch((error: unknown) => log.debug({ error: String(error) }, "relist failed"));
    }
  }

  const nap = (milliseconds: number): Promise<void> => {
    if (stop.signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    stop.signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
    return promise;
  };

  /** Does something again and again until the agent stops; a failure is logged and tried again the next time. */
  async function every(milliseconds: number, what: string, work: () => Promise<void>): Promise<void> {
    while (!stop.signal.aborted) {
      await nap(milliseconds);
      if (stop.signal.aborted) return;
      await work().catch((error: unknown) => log.warn({ error: String(error) }, `${what} failed`));
    }
  }

  const limits = options.logLimits ?? defaultLogLimits;
  async function rotateLogs(): Promise<void> {
    for (const worker of workers.values()) {
      for (const container of worker.view().runtime.containers) {
        if (container.phase === "running") await rotateLog(cri, container, limits, new Date(now()), log);
      }
    }
  }

  const collector = createImageCollector({
    cri,
    thresholds: options.imageThresholds ?? defaultImageThresholds,
    lastUsed: (id) => images.lastUsed(id),
    now,
    log,
  });
  const server =
    options.serving === undefined
      ? undefined
      : await startServer({
          ...options.serving,
          cri,
          log,
          nodeName,
          root,
          now,
          find: (namespace, name) => {
            for (const worker of workers.values()) {
              const { pod, runtime } = worker.view();
              if (pod?.metadata.namespace === namespace && pod.metadata.name === name) return { pod, runtime };
            }
            return undefined;
          },
        });
  const node = startNode({
    client,
    cri,
    log,
    now,
    signal: stop.signal,
    nodeName,
    root,
    hostIps,
    capacity: own,
    allocatable: shown,
    port: server?.port,
    images: () => collector.list(),
    events,
    version: options.version ?? "v1.36.0-bulkhead",
    labels: options.nodeLabels ?? {},
    podCidrs: options.podCidrs ?? [],
  });

  const running: Promise<void>[] = [];
  const ready = (async () => {
    await Promise.all([pods.synced, services.synced, node.registered]);
    knows = true;
    await relist().catch((error: unknown) => log.warn({ error: String(error) }, "first look at the runtime failed"));
    await sweepFolders();
    running.push(
      listen(),
      every(options.relistEvery ?? 10_000, "relist", relist),
      every(2000, "log rotation", rotateLogs),
      every(60_000, "image collection", () => collector.collect()),
      every(options.storageEvery ?? 10_000, "measuring the disk", () =>
        watchStorage(cri, root, workers.values(), (pod, message) => events.event(pod, "Warning", "Evicted", message)),
      ),
      every(60_000, "sweep", async () => objects.sweep()),
    );
  })();
  ready.catch((error: unknown) => log.error({ error: String(error) }, "the agent could not start"));

  return {
    port: server?.port,
    ready,
    renewServing: (material) => server?.renew(material),
    pulls: () => images.underWay(),
    imagesChanged: () => {
      for (const worker of workers.values()) worker.imagesChanged();
    },
    close: async () => {
      stop.abort();
      await server?.close();
      prober.close();
      await Promise.all([...workers.values()].map((worker) => worker.close()));
      await Promise.allSettled([...running, node.closed]);
      cri.close();
    },
  };
}
