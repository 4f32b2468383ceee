import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Client, clientOptionsOf, loadKubeconfig, pause, resources } from "@bulkhead/client";
import {
  type InstanceConfig,
  type InstancePaths,
  installParts,
  instancePaths,
  type Progress,
  readReleaseState,
  settleInstance,
} from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { adminClient } from "../instance/admin-client.ts";
import { installPrograms } from "../instance/programs.ts";
import {
  bootstrapInstance,
  prepareInstance,
  settled,
  startSupervisor,
  stopSupervisor,
} from "../instance/supervision.ts";
import { onlyRoot } from "../only-root.ts";

export interface UpOptions {
  readonly root: string;
  readonly port?: number;
  readonly listen?: string;
  readonly defaults?: "bulkhead" | "kubernetes";
  readonly onlyApiserver: boolean;
  readonly trust: readonly string[];
}

/** What is up, and how to reach it. */
export interface UpReport {
  readonly root: string;
  /** Where the kubeconfig leads. */
  readonly server: string;
  readonly kubeconfig: string;
  /** kubectl of the parts, as it is where only the API server runs. */
  readonly kubectl: string;
  readonly config: InstanceConfig;
}

export async function upReport(config: InstanceConfig, paths: InstancePaths): Promise<UpReport> {
  const { options } = clientOptionsOf(await loadKubeconfig([paths.kubeconfig]));
  return {
    root: paths.root,
    server: options.server,
    kubeconfig: paths.kubeconfig,
    kubectl: join(paths.parts, "bin", "kubectl"),
    config,
  };
}

/** Brings an instance up and returns when its API answers and its node is ready. Safe to call on a running one. */
export async function up(options: UpOptions, progress: Progress): Promise<InstanceConfig> {
  onlyRoot("bulkhead up starts containers and must run as root: sudo bulkhead up");
  const paths = instancePaths(options.root);
  const backups = existsSync(join(paths.root, "backups")) ? await import("../backup/at-start.ts") : undefined;
  await backups?.takeBackUnfinished(paths, progress);
  const config = await settleInstance({
    root: options.root,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.listen === undefined ? {} : { listen: options.listen }),
    ...(options.defaults === undefined ? {} : { defaults: options.defaults }),
    ...(options.trust.length === 0 ? {} : { trust: options.trust }),
    onlyApiserver: options.onlyApiserver,
  }).catch((error: unknown) => {
    throw new CommandFailure(error instanceof Error ? error.message : String(error), 2, error);
  });
  if (!config.onlyApiserver) await installParts(paths.parts, progress);
  if ((await readReleaseState(paths)).pending !== undefined) await endSwitch(config, paths, progress);
  await installPrograms(paths, progress);
  await prepareInstance(paths, progress);
  await startSupervisor(paths, progress);
  await settled(paths);
  await apiReady(paths, progress);
  await backups?.tellUntold(paths, config);
  const client = await adminClient(paths);
  try {
    if (!config.onlyApiserver) {
      await bootstrapInstance(paths, progress);
      await nodeReady(client, config, paths, progress);
    }
  } finally {
    client.close();
  }
  return config;
}

/** A switch of the programs that was interrupted is ended before anything is started. */
async function endSwitch(config: InstanceConfig, paths: InstancePaths, progress: Progress): Promise<void> {
  const { endInterruptedSwitch } = await import("../release/end-switch.ts");
  const ended = await endInterruptedSwitch(paths, config, progress, { start: true });
  if (ended !== undefined) progress.note(`${ended.from} → ${ended.to} is ${ended.ended}: ${ended.says}`);
}

async function apiReady(paths: InstancePaths, progress: Progress): Promise<void> {
  progress.step("API server: waiting until it is ready");
  const deadline = performance.now() + 120_000;
  for (;;) {
    // A client of its own each time: a kept one would wait longer after each failure.
    const client = await adminClient(paths);
    const answer = await client.raw("GET", "/readyz").catch(() => undefined);
    client.close();
    if (answer?.status === 200) return;
    if (performance.now() > deadline)
      throw new CommandFailure(
        `the API server is not ready after two minutes; its log: ${paths.logs}/apiserver.log`,
        1,
      );
    await pause(100);
  }
}

async function nodeReady(
  client: Client,
  config: InstanceConfig,
  paths: InstancePaths,
  progress: Progress,
): Promise<void> {
  progress.step(`node ${config.nodeName}: waiting until it is ready`);
  const deadline = performance.now() + 90_000;
  for (;;) {
    const node = await client.get(resources.nodes, { namespace: "", name: config.nodeName }).catch(() => undefined);
    const ready = node?.status?.conditions?.find((c) => c.type === "Ready");
    if (ready?.status === "True") return;
    if (ready?.message !== undefined) progress.detail(ready.message);
    if (performance.now() > deadline)
      throw new CommandFailure(
        `node ${config.nodeName} is not ready after 90 seconds (${ready?.message ?? "it never registered"}); its log: ${paths.logs}/agent.log`,
        1,
      );
    await pause(150);
  }
}

/** Stops Bulkhead; containers, their packets and their names go on. Returns whether it ran. */
export const down = (paths: InstancePaths): Promise<boolean> => stopSupervisor(paths);
