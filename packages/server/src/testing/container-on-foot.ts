import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A cgroup named as a container's. */
export interface ContainerGroup {
  readonly id: string;
  readonly cgroup: string;
}

/** Makes one; version 1 has one tree a controller. Undefined: none can be made here. */
export function makeContainerGroup(): ContainerGroup | undefined {
  const id = randomBytes(32).toString("hex");
  for (const top of ["/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/systemd"]) {
    if (!existsSync(join(top, "cgroup.procs"))) continue;
    try {
      mkdirSync(join(top, id));
      return { id, cgroup: join(top, id) };
    } catch {
      // This hierarchy takes no groups of ours; the next may.
    }
  }
  return undefined;
}

/** Where this machine has a program. */
export function programAt(name: string): string {
  const path = ["/bin", "/usr/bin"].map((where) => join(where, name)).find((path) => existsSync(path));
  if (path === undefined) throw new Error(`${name}: not in /bin, not in /usr/bin`);
  return path;
}

/** The root of an image with a few of this machine's programs and what they are linked with, in the folder's `lower`. */
export function makeImage(folder: string, programs: readonly string[]): void {
  const lower = join(folder, "lower");
  mkdirSync(lower);
  for (const program of programs.map(programAt)) {
    const needed = execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g);
    for (const file of [program, ...[...needed].map(([, each]) => each ?? "")]) {
      mkdirSync(join(lower, dirname(file)), { recursive: true });
      copyFileSync(file, join(lower, file));
    }
  }
  // A shell opens it for what runs in the background.
  mkdirSync(join(lower, "dev"));
  writeFileSync(join(lower, "dev", "null"), "");
  for (const name of ["old", "vol", "tmp"]) mkdirSync(join(lower, name), { recursive: true });
}

/** What enters a root of its own over the image, as a runtime does it, and runs a script there. */
export function enterContainer(folder: string, name: string, inside: string): string {
  const at = (part: string): string => join(folder, name, part);
  for (const part of ["upper", "work", "root"]) mkdirSync(at(part), { recursive: true });
  const root = at("root");
  return [
    `mount -t overlay overlay -o lowerdir=${join(folder, "lower")},upperdir=${at("upper")},workdir=${at("work")} ${root}`,
    `mount -t tmpfs tmpfs ${root}/vol`,
    `mkdir -p ${root}/proc`,
    `cd ${root}`,
    "pivot_root . old",
    `exec bin/sh -c '${inside}'`,
  ].join(" && ");
}

/** The command that runs a script in a container's group, in a mount namespace and a network of its own. */
export const inNamespaces = ({ cgroup }: ContainerGroup, script: string): readonly [string, readonly string[]] => [
  "unshare",
  ["--mount", "--net", "--propagation", "private", "sh", "-c", `echo $$ > ${cgroup}/cgroup.procs; ${script}`],
];
