import { open, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

export interface LoadedFilesOptions {
  /** Default `/proc`. */
  readonly proc?: string;
  /** Ids of containers, as their cgroups are named. */
  readonly containers: ReadonlySet<string>;
}

/** What is looked at: whoever runs in a container starts as many processes and maps as many files as it likes. */
const most = { processes: 64, map: 2 << 20, files: 4096, descriptors: 1024, path: 4096 };

/**
 * Which files the processes of containers have loaded: their programs, what is mapped into memory (shared objects, native
 * modules), and what they hold open (jars). Paths are those inside the container, without leading slash. A process that
 * ends meanwhile is passed over. What an interpreter has read and closed again cannot be seen.
 */
export async function loadedFiles({
  proc = "/proc",
  containers,
}: LoadedFilesOptions): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>();
  const looked = new Map<string, number>();
  for (const pid of (await readdir(proc)).filter((name) => /^[1-9][0-9]*$/.test(name))) {
    const container = await containerOf(join(proc, pid), containers);
    if (container === undefined) continue;
    const count = looked.get(container) ?? 0;
    if (count >= most.processes) continue;
    looked.set(container, count + 1);
    let files = found.get(container);
    if (files === undefined) {
      files = new Set();
      found.set(container, files);
    }
    await addLoaded(join(proc, pid), files);
  }
  return found;
}

async function containerOf(process: string, containers: ReadonlySet<string>): Promise<string | undefined> {
  const text = await readFile(join(process, "cgroup"), "latin1").catch(gone);
  return text === undefined ? undefined : containerNamed(text, containers);
}

/** Of a process' cgroups the outermost part that is a container of ours: what lies within is named by the container. */
export function containerNamed(cgroups: string, containers: ReadonlySet<string>): string | undefined {
  for (const [, id = ""] of cgroups.matchAll(containerPart)) if (containers.has(id)) return id;
  return undefined;
}

/** `ID`, or `cri-containerd-ID.scope` under systemd, as a part of a path. */
const containerPart = /[/-]([0-9a-f]{64})(?:\.scope)?(?=\/|$)/gm;

/** It ended, or became another between two looks. */
const gone = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === "ENOENT" || error.code === "ESRCH" || error.code === "EACCES" || error.code === "EPERM")
    return undefined;
  throw error;
};

async function addLoaded(process: string, files: Set<string>): Promise<void> {
  const add = (path: string): void => {
    if (path.startsWith("/") && path.length <= most.path && files.size < most.files) files.add(path.slice(1));
  };
  const program = await readlink(join(process, "exe")).catch(gone);
  // A kernel thread has none.
  if (program === undefined) return;
  add(withoutDeleted(program));
  for (const path of mappedFiles((await firstBytes(join(process, "maps"), most.map)) ?? "")) add(path);
  const descriptors = (await readdir(join(process, "fd")).catch(gone)) ?? [];
  for (const name of descriptors.slice(0, most.descriptors)) {
    const path = await readlink(join(process, "fd", name)).catch(gone);
    if (path !== undefined) add(withoutDeleted(path));
  }
}

/** An update within the container may have taken the file away; the package that it came from is loaded all the same. */
const withoutDeleted = (path: string): string => path.replace(/ \(deleted\)$/, "");

async function firstBytes(path: string, limit: number): Promise<string | undefined> {
  const file = await open(path).catch(gone);
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(limit);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, Math.min(64 << 10, limit - length), null);
      length += bytesRead;
      if (bytesRead === 0 || length === limit) break;
    }
    return bytes.toString("utf8", 0, length);
  } catch (error) {
    return gone(error as NodeJS.ErrnoException);
  } finally {
    await file.close();
  }
}

/**
 * Files in a process' maps: `ADDRESSES RIGHTS OFFSET DEVICE INODE  PATH`, each once. The kernel writes a line break in a name
 * as `\\012`, as somebody may have named a file: such names are left out, and a line that is cut off with them.
 */
export function mappedFiles(maps: string): ReadonlySet<string> {
  const files = new Set<string>();
  const whole = maps.slice(0, maps.lastIndexOf("\n") + 1);
  for (const line of whole.split("\n")) {
    const path = /^[0-9a-f]+-[0-9a-f]+ \S{4} [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ [1-9][0-9]* +(\/.*)$/.exec(line)?.[1];
    if (path !== undefined && !path.includes("\\012")) files.add(withoutDeleted(path));
  }
  return files;
}
