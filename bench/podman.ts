import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** A podman of our own: Debian's packages unpacked, with storage, configuration and network namespace to themselves. */
export interface Podman {
  readonly version: string;
  /** Milliseconds that `podman kube play` took for so many pods; they are gone again when it answers. */
  play(count: number, run: string): Promise<number>;
  close(): void;
}

/** What podman needs beside its own package; the rest a Debian 12 has. */
const packages = [
  ["podman", "conmon", "golang-github-containers-common"],
  ["libgpgme11", "libassuan0", "libsubid4", "libslirp0", "libyajl2", "libdevmapper1.02.1"],
].flat();
const pauseImage = "registry.test/pause:1";

export interface PodmanOptions {
  /** Of its own, removed by the caller. */
  readonly folder: string;
  /** Folder with `bin/runc`: the same program starts the containers on both sides. */
  readonly parts: string;
  /** Archives to load; one of them holds the pause program as `registry.test/pause:1`. */
  readonly archives: readonly string[];
  /** What each pod's container runs: `sleep` in this image. */
  readonly image: string;
}

/** Makes it ready; a string says why there is none. */
export async function startPodman({ folder, parts, archives, image }: PodmanOptions): Promise<Podman | string> {
  const at = (path: string): string => join(folder, path);
  mkdirSync(at("packages"), { recursive: true });
  try {
    execFileSync("apt-get", ["download", ...packages], { cwd: at("packages"), stdio: "ignore" });
    for (const file of readdirSync(at("packages")))
      execFileSync("dpkg-deb", ["-x", at(`packages/${file}`), at("root")], { stdio: "ignore" });
  } catch {
    return "Debian's podman could not be fetched";
  }
  writeFileSync(at("policy.json"), JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
  writeFileSync(
    at("storage.conf"),
    `[storage]\ndriver = "overlay"\ngraphroot = "${at("graph")}"\nrunroot = "${at("run")}"\n`,
  );
  writeFileSync(at("containers.conf"), settings(at, ownRunc(at("runc"), join(parts, "bin/runc"))));
  // What it does to networks it does in here.
  const holder = spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" });
  await pause(100);
  const podman = (...args: string[]): SpawnSyncReturns<string> =>
    spawnSync(
      "nsenter",
      [
        `--net=/proc/${holder.pid}/ns/net`,
        at("root/usr/bin/podman"),
        "--root",
        at("graph"),
        "--runroot",
        at("run"),
        ...args,
      ],
      {
        encoding: "utf8",
        env: {
          ...process.env,
          CONTAINERS_CONF: at("containers.conf"),
          CONTAINERS_STORAGE_CONF: at("storage.conf"),
          LD_LIBRARY_PATH: at(`root/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`),
        },
      },
    );
  const must = (...args: string[]): string => {
    const { status, stdout, stderr } = podman(...args);
    if (status !== 0) throw new Error(`podman ${args.join(" ")}: ${stderr || stdout}`);
    return stdout;
  };
  const close = (): void => {
    podman("pod", "rm", "--all", "--force", "--time", "0");
    holder.kill("SIGKILL");
    for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n").toReversed()) {
      const mountPoint = line.split(" ")[4];
      if (mountPoint?.startsWith(`${folder}/`)) execFileSync("umount", ["-l", mountPoint]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const archive of archives) must("load", "--signature-policy", at("policy.json"), "-i", archive);
    return {
      version: must("--version").trim(),
      async play(count, run) {
        const file = at(`${run}.yaml`);
        writeFileSync(file, Array.from({ length: count }, (_, n) => pod(`pod-${run}-${n}`, image)).join("---\n"));
        const start = performance.now();
        must("kube", "play", "--network", "none", file);
        const took = performance.now() - start;
        must("pod", "rm", "--all", "--force", "--time", "0");
        return took;
      },
      close,
    };
  } catch (error) {
    close();
    return `Debian's podman does not run here: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`;
  }
}

const settings = (at: (path: string) => string, runc: string): string => `[containers]
pids_limit = 0
seccomp_profile = "${at("root/usr/share/containers/seccomp.json")}"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
infra_image = "${pauseImage}"
conmon_path = ["${at("root/usr/bin/conmon")}"]
helper_binaries_dir = ["${at("root/usr/lib/podman")}"]
tmp_dir = "${at("tmp")}"
[engine.runtimes]
runc = ["${runc}"]
[network]
network_config_dir = "${at("networks")}"
`;

/** podman asks for more open files and processes than a machine may grant (without CAP_SYS_RESOURCE): there it is not asked. */
function ownRunc(wrapper: string, runc: string): string {
  const [, effective = "0"] = /^CapEff:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const sysResource = 24n;
  if (((BigInt(`0x${effective}`) >> sysResource) & 1n) === 1n || !existsSync(runc)) return runc;
  writeFileSync(
    wrapper,
    `#!/bin/sh
for each in "$@"; do
  [ "$before" = --bundle ] && sed -i 's/,"rlimits":\\[[^]]*\\]//' "$each/config.json"
  before=$each
done
exec ${runc} "$@"
`,
  );
  chmodSync(wrapper, 0o755);
  return wrapper;
}

const pod = (name: string, image: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
  - name: main
    image: ${image}
    imagePullPolicy: Never
    command: ["/bin/sleep", "3600"]
`;
