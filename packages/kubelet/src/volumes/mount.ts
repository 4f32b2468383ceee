import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";

/** mount or umount that failed; `stderr` is the program's own. */
class MountError extends Error {
  override readonly name = "MountError";
  readonly stderr: string;

  constructor(program: string, target: string, stderr: string) {
    super(`${program} ${target} failed: ${stderr.trim()}`);
    this.stderr = stderr;
  }
}

/** Runs a program with the given descriptor as its number 3. */
function run(program: string, args: readonly string[], target: string, descriptor?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "pipe", ...(descriptor === undefined ? [] : [descriptor])],
      env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < 4096) stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new MountError(program, target, stderr));
    });
  });
}

export interface TmpfsOptions {
  /** Bytes; absent: half of the machine's memory, the kernel's default. */
  readonly size?: number;
  readonly inodes?: number;
  /** Octal digits. */
  readonly mode: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly noSwap?: boolean;
  readonly noExec?: boolean;
}

export const mountTmpfs = (target: string, options: TmpfsOptions): Promise<void> => {
  const flags = [
    "nosuid",
    "nodev",
    ...(options.noExec === true ? ["noexec"] : []),
    `mode=${options.mode}`,
    ...(options.size === undefined ? [] : [`size=${options.size}`]),
    ...(options.inodes === undefined ? [] : [`nr_inodes=${options.inodes}`]),
    ...(options.uid === undefined ? [] : [`uid=${options.uid}`]),
    ...(options.gid === undefined ? [] : [`gid=${options.gid}`]),
    ...(options.noSwap === true ? ["noswap"] : []),
  ];
  return run("mount", ["-t", "tmpfs", "-o", flags.join(","), "tmpfs", target], target);
};

/**
 * Binds what an open descriptor names: the very inode, whatever has become of its path since. `whole` takes what is
 * mounted below along, as a slave: what the host mounts there later is seen, and taking ours away touches nothing of it.
 */
export const bindDescriptor = (descriptor: number, target: string, depth: "top" | "whole"): Promise<void> =>
  run(
    "mount",
    [
      "--no-canonicalize",
      ...(depth === "whole" ? ["--rbind", "--make-rslave"] : ["--bind"]),
      "/proc/self/fd/3",
      target,
    ],
    target,
    descriptor,
  );

/** Lazily, so that a stuck user of the mount does not hold a pod's end up. */
export const unmount = (target: string): Promise<void> =>
  run("umount", ["--no-canonicalize", "--lazy", target], target);

/** `\040` and its like in /proc/self/mountinfo. */
const unescape = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Mount points at or below a folder, the innermost first. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  return table
    .split("\n")
    .map((line) => unescape(line.split(" ")[4] ?? ""))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .toReversed();
}
