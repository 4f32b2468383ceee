import { join } from "node:path";
import type { ImageTrustPolicy, Log } from "@bulkhead/api";
import { createEventRecorder } from "@bulkhead/client";
import { type InstanceConfig, type InstancePaths, processMark, readTable } from "@bulkhead/host";
import { cgroupSetup, probeCgroups } from "@bulkhead/kubelet";
import type { NetworkInformers } from "@bulkhead/network";
import { imageWorkerUser, lentWorkerSocket, podCgroupRoot, registryAskerUser } from "../prepare/names.ts";
import { askBeside } from "../scanning/ask-beside.ts";
import { createImageNews } from "../scanning/image-news.ts";
import { type ImageScans, startImageScans } from "../scanning/image-scans.ts";
import { createImageVex } from "../scanning/image-vex.ts";
import { startInUse } from "../scanning/in-use.ts";
import { lendWorkers } from "../scanning/lend-workers.ts";
import type { ScanRecorder } from "../scanning/metrics.ts";
import type { RanBefore } from "../scanning/ran-before.ts";
import { openRefreshGate } from "../scanning/refresh-gate.ts";
import { type RunningActions, startRunningActions } from "../scanning/running-actions.ts";
import { workerBounds, workerGroup } from "../scanning/worker-group.ts";
import { identityClient } from "./identity-client.ts";
import { followRegistries } from "./registries-copy.ts";
import { createRegistryAccess } from "./registry-access.ts";
import type { RuleView } from "./rule-views.ts";

/** Milliseconds for what lies beside an image: a container may wait for the scan. */
const vexPatience = 5000;

export interface RunningScansOptions {
  readonly root: string;
  readonly config: InstanceConfig;
  readonly paths: InstancePaths;
  readonly informers: Pick<NetworkInformers, "pods" | "namespaces">;
  readonly ran: RanBefore;
  readonly rules: RuleView;
  readonly policies: () => readonly ImageTrustPolicy[];
  /** `host:port` of the machine's own registry, and how the node is known there. */
  readonly registry: string;
  readonly tokenFor: (scope: string) => Promise<string>;
  readonly recorder: ScanRecorder;
  readonly log: Log;
}

/** Scans what runs on this node, with an identity that may do nothing but report. */
export async function scanRunningImages(options: RunningScansOptions): Promise<ImageScans> {
  const { root, config, paths, ran, rules, log } = options;
  const { pods, namespaces } = options.informers;
  await Promise.all([pods.synced, rules.synced]);
  const client = identityClient(root, config, "agent", "images", log);
  // The filter is every unprivileged process's.
  const filter = (await readTable(paths.run)).processes.find((spec) => spec.filter !== undefined)?.filter;
  const group = await workerGroup({
    setup: cgroupSetup(probeCgroups()),
    root: podCgroupRoot(config),
    bounds: workerBounds(),
  }).catch((error: unknown) => {
    log.warn(
      { error: String(error) },
      "image workers have no control group: each process has bounds, all together have none",
    );
    return [];
  });
  const { nodeName } = config;
  const events = createEventRecorder({ client, component: "bulkhead-images", host: nodeName, log });
  const refresh = await openRefreshGate({
    imported: join(paths.root, "advisories", "advisories.db"),
    events,
    nodeName,
    log,
  });
  const program = {
    node: join(paths.programs, "node"),
    file: join(paths.programs, "image-worker.mjs"),
    user: imageWorkerUser(config),
    group,
    filter,
    mark: { [processMark]: `${config.id}/image-worker` },
  };
  // Candidates for updates are read by the same kind of process, which the controllers cannot start themselves.
  const lender = await lendWorkers({
    program,
    path: lentWorkerSocket(paths),
    borrower: config.users.controllers,
    advisories: refresh.watch(),
    log,
  });
  const access = createRegistryAccess({
    own: options.registry,
    ownCa: join(paths.pki, "agent", "server-ca.crt"),
    tokenFor: options.tokenFor,
    view: followRegistries(paths),
  });
  const vex = createImageVex({
    policies: options.policies,
    ask: askBeside({
      program: {
        ...program,
        user: registryAskerUser(config),
        network: true,
        mark: { [processMark]: `${config.id}/registry-asker` },
      },
      reach: (registry, repository) => access.reach(registry, repository),
      patience: vexPatience,
      now: Date.now,
    }),
    now: Date.now,
    log,
  });
  const inUse = startInUse({ pods: () => pods.list(), nodeName, onChange: () => scans.wake(), log });
  let actions: RunningActions | undefined;
  const scans = await startImageScans({
    client,
    events,
    pods: () => pods.list(),
    nodeName,
    rules: (now) => rules.rules(now),
    outOfPolicy: (digest) => actions?.outOfPolicy(digest) ?? [],
    ranIn: (digest) => {
      const uids = new Set(ran.namespacesOf(digest));
      const there = namespaces.list().filter(({ metadata }) => uids.has(metadata.uid ?? ""));
      return there.map(({ metadata }) => metadata.name ?? "").sort();
    },
    blobs: join(paths.containerd, "root", "io.containerd.content.v1.content", "blobs"),
    refresh,
    reports: join(paths.root, "reports"),
    scratch: join(paths.root, "scans"),
    program,
    news: createImageNews(vex, inUse),
    recorder: options.recorder,
    log,
  });
  pods.onChange(() => {
    scans.wake();
    inUse.wake();
  });
  const running = startRunningActions({
    client,
    events,
    pods: () => pods.list(),
    nodeName,
    rules,
    factsOf: async (digest, namespace) => {
      const { facts } = await scans.look({ digest, name: digest, namespace }, { wait: false });
      return facts === undefined ? undefined : { digest, now: Date.now(), ranBefore: true, scan: facts };
    },
    stampOf: (digest) => scans.stampOf(digest),
    log,
  });
  actions = running;
  pods.onChange(() => running.changed());
  scans.onChange(() => running.changed());
  return {
    ...scans,
    close: async () => void (await Promise.all([running.close(), inUse.close(), scans.close(), lender.close()])),
  };
}
