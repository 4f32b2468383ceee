import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { InstancePaths } from "../instance.ts";
import { type Finished, run } from "../run.ts";
import { partFolders } from "./part-staging.ts";

/** One thing that new parts were tried at. */
export interface SelfTestStep {
  readonly what: string;
  readonly passed: boolean;
  /** What was seen. */
  readonly says: string;
}

/** Unused in the test, and each wants something of the machine that the instance already has. */
const disabled = [
  "io.containerd.cri.v1.images",
  "io.containerd.cri.v1.runtime",
  "io.containerd.grpc.v1.cri",
  "io.containerd.nri.v1.nri",
];

/**
 * Tries staged parts where they would lie: in a mount namespace of its own the staged folder is bound over the parts, so
 * that every program finds its loader and its companions at the paths it was made for. A throwaway containerd, in a folder
 * and a containerd namespace of its own, runs one container to its end; the instance's own configuration is read by the
 * new containerd. Nothing that runs is touched. Needs root.
 */
export async function selfTestParts(paths: InstancePaths): Promise<SelfTestStep[]> {
  const { staged } = partFolders(paths);
  const folder = await mkdtemp(join(paths.run, "self-test-"));
  const name = basename(folder);
  const inside = (...command: readonly string[]): string[] => [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "/bin/sh",
    "-c",
    'mount --bind "$1" "$2" && shift 2 && exec "$@"',
    "sh",
    staged,
    paths.parts,
    ...command,
  ];
  const program = (part: string): string => join(paths.parts, "bin", part);
  const steps: SelfTestStep[] = [];
  const step = (what: string, { code, stdout, stderr }: Finished, wanted = ""): boolean => {
    const passed = code === 0 && `${stdout}${stderr}`.includes(wanted);
    const said = (passed ? stdout.trim() : stderr.trim() || stdout.trim()).split("\n").at(passed ? 0 : -1) ?? "";
    steps.push({ what, passed, says: said.slice(0, 300) });
    return passed;
  };
  const config = join(paths.containerd, "config.toml");
  const reads = await run(inside(program("containerd"), "--config", config, "config", "dump"), { timeout: 30_000 });
  step("the new containerd reads the instance's configuration", { ...reads, stdout: reads.code === 0 ? config : "" });
  const daemon = await startThrowaway(folder, inside, program("containerd"));
  try {
    const ctr = (...args: readonly string[]): Promise<Finished> =>
      run(inside(program("ctr"), "--address", daemon.socket, "--namespace", name, ...args), {
        timeout: 60_000,
        env: { PATH: daemon.path },
      });
    if (step("a throwaway containerd starts", await answered(() => ctr("version")), "Server")) {
      const rootfs = join(folder, "rootfs");
      await mkdir(join(rootfs, "bin"), { recursive: true });
      await copyFile(join(staged, "bin", "catatonit"), join(rootfs, "bin", "catatonit"));
      const ran = await ctr("run", "--rm", "--rootfs", rootfs, name, "/bin/catatonit", "--version");
      step("it runs a container to its end, by the new shim and runc", ran, "catatonit");
    }
  } finally {
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
    // containerd leaves the control group in which the container's was.
    await rmdir(join("/sys/fs/cgroup", name)).catch(() => undefined);
  }
  return steps;
}

interface Throwaway {
  readonly socket: string;
  readonly path: string;
  stop(): Promise<void>;
}

async function startThrowaway(
  folder: string,
  inside: (...command: readonly string[]) => string[],
  containerd: string,
): Promise<Throwaway> {
  const at = (name: string): string => join(folder, name);
  const socket = at("c.sock");
  const path = `${containerd.slice(0, containerd.lastIndexOf("/"))}:/usr/sbin:/usr/bin:/sbin:/bin`;
  await writeFile(
    at("config.toml"),
    [
      "version = 3",
      `root = ${JSON.stringify(at("root"))}`,
      `state = ${JSON.stringify(at("state"))}`,
      `disabled_plugins = ${JSON.stringify(disabled)}`,
      "[grpc]",
      `address = ${JSON.stringify(socket)}`,
      "[ttrpc]",
      `address = ${JSON.stringify(`${socket}.ttrpc`)}`,
      '[plugins."io.containerd.internal.v1.opt"]',
      `path = ${JSON.stringify(at("opt"))}`,
      "",
    ].join("\n"),
  );
  const log = openSync(at("containerd.log"), "a", 0o600);
  const [program = "", ...args] = inside(containerd, "--config", at("config.toml"));
  const child = spawn(program, args, { stdio: ["ignore", log, log], env: { PATH: path } });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    socket,
    path,
    stop: async () => {
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(killer);
      await killShims(socket);
    },
  };
}

/** A shim of the test that did not end with its container: its command line names our socket and no other's. */
async function killShims(socket: string): Promise<void> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (words.includes(socket) && words[0]?.endsWith("containerd-shim-runc-v2") === true)
      process.kill(Number(pid), "SIGKILL");
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until it is answered, for ten seconds. */
async function answered(ask: () => Promise<Finished>): Promise<Finished> {
  const until = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer.code === 0 || Date.now() > until) return answer;
    await pause(200);
  }
}
