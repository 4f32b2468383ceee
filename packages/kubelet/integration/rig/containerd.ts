import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { containerdConfig, createCriClient, probeMachine, removePodCgroups } from "../../src/index.ts";
import { packImage, pauseImage, shellImage } from "./image.ts";

/** Why these tests cannot run here; undefined when they can. */
export function lacking(): string | undefined {
  const parts = process.env["BULKHEAD_PARTS"];
  if (parts === undefined) return "BULKHEAD_PARTS is not set";
  if (process.getuid?.() !== 0) return "not root";
  for (const part of ["bin/containerd", "bin/runc", "bin/ctr", "bin/catatonit", "cni/ptp", "cni/host-local"]) {
    if (!existsSync(join(parts, part))) return `${part} is not among the parts`;
  }
  return undefined;
}

export interface ContainerdRig {
  readonly folder: string;
  readonly socket: string;
  readonly shell: string;
  /** Containers of earlier runs stay; only containerd itself is stopped and started. */
  restart(): Promise<void>;
  /** As after a power cut: every process gone, nothing mounted, the runtime's state lost; images and folders stay. */
  reboot(cgroupRoot: string): Promise<void>;
  close(): Promise<void>;
}

/** Our own containerd in a folder of its own, with pods in a network namespace made for this test. */
export async function startContainerd(): Promise<ContainerdRig> {
  const parts = process.env["BULKHEAD_PARTS"] ?? "";
  const folder = mkdtempSync(join(tmpdir(), "bk-"));
  // A pod's mapped root must be able to walk to its root file system.
  chmodSync(folder, 0o711);
  const at = (name: string) => join(folder, name);
  for (const name of ["cni-bin", "cni-conf", "hosts", "opt"]) mkdirSync(at(name));
  const holder = spawn("unshare", ["--net", join(parts, "bin/catatonit"), "-P"], { stdio: "ignore" });
  await pause(100);
  for (const plugin of ["ptp", "host-local", "loopback"]) {
    const real = join(parts, "cni", plugin);
    const enter = plugin === "ptp" ? `nsenter --net=/proc/${holder.pid}/ns/net ` : "";
    writeFileSync(at(`cni-bin/${plugin}`), `#!/bin/sh\nexec ${enter}${real} "$@"\n`);
    chmodSync(at(`cni-bin/${plugin}`), 0o755);
  }
  writeFileSync(
    at("cni-conf/10-pods.conflist"),
    JSON.stringify({
      cniVersion: "1.0.0",
      name: "pods",
      plugins: [
        {
          type: "ptp",
          ipMasq: false,
          ipam: {
            type: "host-local",
            dataDir: at("ipam"),
            ranges: [[{ subnet: "10.251.0.0/24" }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
      ],
    }),
  );
  const socket = at("c.sock");
  writeFileSync(
    at("config.toml"),
    containerdConfig({
      root: at("root"),
      state: at("state"),
      socket,
      opt: at("opt"),
      runc: join(parts, "bin/runc"),
      cni: { configDir: at("cni-conf"), binDir: at("cni-bin") },
      registryHosts: at("hosts"),
      pauseImage: "registry.test/pause:1",
      machine: probeMachine(),
    }),
  );
  let daemon: ChildProcess;
  const start = async () => {
    const log = openSync(at("containerd.log"), "a");
    daemon = spawn(join(parts, "bin/containerd"), ["--config", at("config.toml")], {
      stdio: ["ignore", log, log],
      env: { ...process.env, PATH: `${join(parts, "bin")}:${process.env["PATH"]}` },
    });
    const cri = createCriClient({ socket });
    try {
      for (let tries = 0; ; tries++) {
        try {
          await cri.call("Version", {}, { timeout: 1000 });
          return;
        } catch (error) {
          if (tries > 100)
            throw new Error(`containerd did not start: ${readFileSync(at("containerd.log"), "utf8")}`, {
              cause: error,
            });
          await pause(100);
        }
      }
    } finally {
      cri.close();
    }
  };
  const stop = async () => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGTERM");
    await ended;
  };
  await start();
  const importImage = (tar: string) =>
    execFileSync(join(parts, "bin/ctr"), ["-a", socket, "-n", "k8s.io", "image", "import", tar], { stdio: "pipe" });
  packImage(pauseImage(join(parts, "bin/catatonit")), at("pause.tar"));
  packImage(shellImage, at("shell.tar"));
  importImage(at("pause.tar"));
  importImage(at("shell.tar"));
  return {
    folder,
    socket,
    shell: shellImage.name,
    restart: async () => {
      await stop();
      await start();
    },
    reboot: async (cgroupRoot) => {
      const ended = new Promise((resolve) => daemon.once("exit", resolve));
      daemon.kill("SIGKILL");
      await ended;
      for (const pid of [...shimsOf(socket), ...processesOf(cgroupRoot)]) killIfThere(pid);
      for (let tries = 0; processesOf(cgroupRoot).length > 0 && tries < 50; tries++) await pause(50);
      unmountBelow(folder);
      rmSync(at("state"), { recursive: true, force: true });
      await removePodCgroups(cgroupRoot);
      await start();
    },
    close: async () => {
      const cri = createCriClient({ socket });
      const { items } = await cri.call("ListPodSandbox", {});
      for (const { id } of items) {
        await cri.call("StopPodSandbox", { podSandboxId: id });
        await cri.call("RemovePodSandbox", { podSandboxId: id });
      }
      cri.close();
      await stop();
      holder.kill("SIGKILL");
      unmountBelow(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function unmountBelow(folder: string): void {
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n").toReversed()) {
    const mountPoint = line.split(" ")[4];
    if (mountPoint?.startsWith(`${folder}/`)) execFileSync("umount", ["-l", mountPoint]);
  }
}

/** Shims of this very containerd. */
const shimsOf = (socket: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return words[0]?.endsWith("containerd-shim-runc-v2") === true && words.includes(socket);
      } catch {
        return false;
      }
    })
    .map(Number);

/** Processes in the control groups of this test's pods. */
function processesOf(cgroupRoot: string): number[] {
  const found = new Set<number>();
  const visit = (folder: string): void => {
    if (!existsSync(join(folder, "cgroup.procs"))) return;
    for (const pid of readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n"))
      if (pid !== "") found.add(Number(pid));
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) visit(join(folder, entry.name));
  };
  for (const top of ["", "pids"]) visit(join("/sys/fs/cgroup", top, cgroupRoot));
  return [...found];
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
