import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import type { Pod } from "@bulkhead/api";
import type { CriClient } from "../cri/client.ts";
import { podFolders } from "../volumes/folders.ts";
import { podUid } from "./model.ts";
import type { PodWorker } from "./pod-worker.ts";
import { limitsStorage, overuse, type StorageUse } from "./storage.ts";

const run = promisify(execFile);

/** Bytes on disk below a folder, other file systems left out; 0 when it is not there (yet). */
async function diskUse(folder: string): Promise<number> {
  try {
    const { stdout } = await run("du", ["-sx", "--block-size=1", folder], { timeout: 60_000 });
    return Number(stdout.split("\t")[0] ?? 0);
  } catch {
    return 0;
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Measures the pods whose use of the disk is limited, and ends those that exceed it. */
export async function watchStorage(
  cri: CriClient,
  root: string,
  workers: Iterable<PodWorker>,
  tell: (pod: Pod, message: string) => void,
): Promise<void> {
  const limited = [...workers].filter((worker) => {
    const { pod } = worker.view();
    return pod?.status?.phase === "Running" && pod.metadata.deletionTimestamp === undefined && limitsStorage(pod);
  });
  if (limited.length === 0) return;
  const { stats } = await cri.call("ListContainerStats", {});
  const layers = new Map(stats.map((each) => [each.attributes?.id, each.writableLayer?.usedBytes?.value ?? 0]));
  for (const worker of limited) {
    const { pod, runtime } = worker.view();
    if (pod === undefined) continue;
    const emptyDirs = new Map<string, number>();
    for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
      if (emptyDir === undefined || emptyDir.medium === "Memory") continue;
      emptyDirs.set(name, await diskUse(podFolders(root, podUid(pod)).volume(name)));
    }
    const containers = new Map<string, number>();
    for (const { id, name, phase, logPath } of runtime.containers) {
      if (phase === "running") containers.set(name, (layers.get(id) ?? 0) + (await sizeOf(logPath)));
    }
    const use: StorageUse = { emptyDirs, containers };
    const ended = overuse(pod, use);
    if (ended === undefined) continue;
    tell(pod, ended.message ?? "");
    worker.end(ended);
  }
}
