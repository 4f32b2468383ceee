/**
 * Start of 1, 10 and 50 pods, from their creation to all of them running: through the whole of Bulkhead, by bare calls to a
 * containerd of the same build in the same run (pods with user namespaces and a network both), and by `podman kube play`
 * (without either, which makes it easier for podman). `node bench/pods.ts`, as root.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CriClient, createCriClient, removePodCgroups } from "@bulkhead/kubelet";
import { startInstance, type TestInstance, whyNot } from "../e2e/instance/instance.ts";
import { type ContainerdRig, lacking, startContainerd } from "../packages/kubelet/integration/rig/containerd.ts";
import { type ApiClient, connectApi } from "./api-client.ts";
import { cleanup } from "./cleanup.ts";
import { startPodman } from "./podman.ts";
import { median, report, round } from "./report.ts";

const turns = 3;
const counts = [1, 10, 50];
const image = "registry.test/shell:1";
/** Of the bare pods. */
const cgroup = "/bulkhead-bench";
const pods = "/api/v1/namespaces/default/pods";
/** CRI's namespace modes: POD, CONTAINER. */
const [ofPod, ofContainer] = [0, 1];

const why = whyNot() ?? lacking();
if (why !== undefined) {
  console.log(`pods: skipped, ${why}`);
  process.exit(0);
}
const rig = await startContainerd();
const instance = await startInstance("--defaults=kubernetes").catch(async (error: unknown) => {
  await rig.close();
  throw error;
});
const cri = createCriClient({ socket: rig.socket });
const api = await connectApi(instance.kubeconfig);
const podman = await startPodman({
  folder: mkdtempSync(join(tmpdir(), "bulkhead-podman-")),
  parts: process.env["BULKHEAD_PARTS"] ?? "",
  archives: ["pause.tar", "shell.tar"].map((file) => join(rig.folder, file)),
  image,
});
console.log(typeof podman === "string" ? `podman kube play: skipped, ${podman}` : podman.version);
const close = cleanup(async () => {
  api.close();
  cri.close();
  if (typeof podman !== "string") podman.close();
  await instance.remove();
  await rig.close();
  await removePodCgroups(cgroup);
});
try {
  importImage(instance, rig);
  await serviceAccount();
  // The first of each pays for caches.
  await throughBulkhead(1, "warm");
  await bare(1, "warm");
  const rows = [];
  for (const count of counts) {
    const [ours, theirs, podmans]: [number[], number[], number[]] = [[], [], []];
    for (let turn = 0; turn < turns; turn++) {
      const run = `${count}-${turn}`;
      theirs.push(await bare(count, run));
      ours.push(await throughBulkhead(count, run));
      if (typeof podman !== "string") podmans.push(await podman.play(count, run));
      const last = [theirs, ours, podmans].map((times) => round(times.at(-1) ?? Number.NaN));
      console.log(
        `${count} pods, turn ${turn + 1}: bare CRI ${last[0]} ms, Bulkhead ${last[1]} ms, podman ${last[2]} ms`,
      );
    }
    rows.push({
      pods: count,
      "bare CRI ms": round(median(theirs)),
      "Bulkhead ms": round(median(ours)),
      ...(podmans.length === 0 ? {} : { "podman ms": round(median(podmans)) }),
      "to bare CRI": round(median(ours) / median(theirs), 2),
      aim: 1.3,
      ...(podmans.length === 0 ? {} : { "to podman": round(median(ours) / median(podmans), 2) }),
    });
  }
  report("start of pods, until all run", rows);
} finally {
  await close();
}

/** The same image for all, without a registry. */
function importImage({ root }: TestInstance, { folder }: ContainerdRig): void {
  const ctr = join(root, "parts", "bin", "ctr");
  const sockets = [join(root, "run", "containerd.sock"), join(root, "containerd", "containerd.sock")];
  const socket = sockets.find((each) => existsSync(each));
  if (socket === undefined) throw new Error("the instance's containerd has no socket where it is looked for");
  execFileSync(ctr, ["-a", socket, "-n", "k8s.io", "image", "import", join(folder, "shell.tar")], { stdio: "pipe" });
}

async function serviceAccount(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      await api.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function pod(name: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: {
        hostUsers: false,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "main", image, imagePullPolicy: "Never", command: ["/bin/sleep", "3600"] }],
      },
    }),
  );
}

interface WatchEvent {
  readonly object: { readonly metadata: { readonly name: string }; readonly status?: { readonly phase?: string } };
}

/** Created all at once; over when the last one is told to run. */
async function throughBulkhead(count: number, run: string): Promise<number> {
  const names = Array.from({ length: count }, (_, n) => `pod-${run}-${n}`);
  const waiting = new Set(names);
  const running = Promise.withResolvers<void>();
  const told = watchPods(api, ({ object }) => {
    if (object.status?.phase === "Running" && waiting.delete(object.metadata.name) && waiting.size === 0)
      running.resolve();
  });
  const start = performance.now();
  await Promise.all(names.map((name) => api.ask("POST", pods, pod(name))));
  await bounded(running.promise, () => `${waiting.size} of ${count} pods do not run`);
  const took = performance.now() - start;
  told.close();
  await Promise.all(names.map((name) => api.ask("DELETE", `${pods}/${name}?gracePeriodSeconds=0`)));
  for (let left = count; left > 0; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { items } = JSON.parse((await api.ask("GET", pods)).toString()) as { items: unknown[] };
    left = items.length;
  }
  // A pod's removal from the API is told by the agent before the last of its folders is gone.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return took;
}

function watchPods(client: ApiClient, onEvent: (event: WatchEvent) => void): { close(): void } {
  let rest = "";
  const stream = client.stream(`${pods}?watch=true`, (piece) => {
    const lines = (rest + piece.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onEvent(JSON.parse(line) as WatchEvent);
  });
  return { close: () => stream.close() };
}

async function bounded(work: Promise<void>, what: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what())), 120_000);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** Sandbox, container and start of each, all at once, then all removed. */
async function bare(count: number, run: string): Promise<number> {
  const start = performance.now();
  const sandboxes = await Promise.all(Array.from({ length: count }, (_, n) => startBare(cri, `pod-${run}-${n}`, n)));
  const took = performance.now() - start;
  await Promise.all(
    sandboxes.map(async (podSandboxId) => {
      await cri.call("StopPodSandbox", { podSandboxId }, { timeout: 120_000 });
      await cri.call("RemovePodSandbox", { podSandboxId }, { timeout: 120_000 });
    }),
  );
  return took;
}

async function startBare(client: CriClient, name: string, n: number): Promise<string> {
  const mapping = [{ hostId: 1_000_000 + n * 65_536, containerId: 0, length: 65_536 }];
  const namespaceOptions = {
    network: ofPod,
    pid: ofContainer,
    ipc: ofPod,
    usernsOptions: { mode: ofPod, uids: mapping, gids: mapping },
  };
  const sandboxConfig = {
    metadata: { name, uid: name, namespace: "bench", attempt: 0 },
    hostname: name,
    logDirectory: join(rig.folder, "logs", name),
    linux: { cgroupParent: cgroup, securityContext: { namespaceOptions } },
  };
  const { podSandboxId } = await client.call("RunPodSandbox", { config: sandboxConfig }, { timeout: 240_000 });
  const config = {
    metadata: { name: "main", attempt: 0 },
    image: { image },
    command: ["/bin/sleep", "3600"],
    logPath: "main.log",
    linux: { securityContext: { namespaceOptions } },
  };
  const timeout = 120_000;
  const { containerId } = await client.call("CreateContainer", { podSandboxId, sandboxConfig, config }, { timeout });
  await client.call("StartContainer", { containerId }, { timeout });
  return podSandboxId;
}
