import { join } from "node:path";
import type { Log } from "@bulkhead/api";
import { createEventRecorder } from "@bulkhead/client";
import { type InstanceConfig, type InstancePaths, processMark, readTable } from "@bulkhead/host";
import { cgroupSetup, probeCgroups } from "@bulkhead/kubelet";
import type { NetworkInformers } from "@bulkhead/network";
import { imageWorkerUser, lentWorkerSocket, podCgroupRoot } from "../prepare/names.ts";
import { watchAdvisories } from "../scanning/advisories.ts";
import { type ImageScans, startImageScans } from "../scanning/image-scans.ts";
import { lendWorkers } from "../scanning/lend-workers.ts";
import type { RanBefore } from "../scanning/ran-before.ts";
import { workerBounds, workerGroup } from "../scanning/worker-group.ts";
import { identityClient } from "./identity-client.ts";

/** Scans what runs on this node, with an identity that may do nothing but report. */
export async function scanRunningImages(
  root: string,
  config: InstanceConfig,
  paths: InstancePaths,
  { pods, namespaces }: Pick<NetworkInformers, "pods" | "namespaces">,
  ran: RanBefore,
  log: Log,
): Promise<ImageScans> {
  await pods.synced;
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
  const advisoriesFile = join(paths.root, "advisories", "advisories.db");
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
    advisories: watchAdvisories(advisoriesFile, (says) => log.error({ says }, "the advisories cannot be read")),
    log,
  });
  const scans = await startImageScans({
    client,
    events: createEventRecorder({ client, component: "bulkhead-images", host: config.nodeName, log }),
    pods: () => pods.list(),
    nodeName: config.nodeName,
    ranIn: (digest) => {
      const uids = new Set(ran.namespacesOf(digest));
      const there = namespaces.list().filter(({ metadata }) => uids.has(metadata.uid ?? ""));
      return there.map(({ metadata }) => metadata.name ?? "").sort();
    },
    blobs: join(paths.containerd, "root", "io.containerd.content.v1.content", "blobs"),
    advisories: advisoriesFile,
    reports: join(paths.root, "reports"),
    scratch: join(paths.root, "scans"),
    program,
    log,
  });
  pods.onChange(() => scans.wake());
  return { ...scans, close: async () => void (await Promise.all([scans.close(), lender.close()])) };
}
