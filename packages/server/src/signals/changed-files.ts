import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, type Stats } from "node:fs";

/** Where programs and libraries lie: whatever is new or other than in the image there is told. */
const programFolders = [
  "bin",
  "sbin",
  "usr/bin",
  "usr/sbin",
  "usr/local/bin",
  "usr/local/sbin",
  "lib",
  "lib64",
  "usr/lib",
  "usr/lib64",
  "etc/cron.d",
  "etc/cron.hourly",
  "etc/cron.daily",
  "etc/init.d",
  "etc/pam.d",
  "etc/profile.d",
  "etc/sudoers.d",
  "root/.ssh",
];

/** Single files that decide who is who and what is loaded. */
const decidingFiles = [
  "etc/passwd",
  "etc/shadow",
  "etc/group",
  "etc/sudoers",
  "etc/ld.so.preload",
  "etc/ld.so.conf",
  "etc/crontab",
  "etc/profile",
];

const topOf = (path: string): string => path.split("/", 1)[0] ?? path;
/** Few containers write into many of them. */
const tops = [...new Set([...programFolders, ...decidingFiles].map(topOf))];

/** What is looked at of one container: whoever writes in it makes as many files as it likes. */
const most = { files: 64, entries: 4096, depth: 8 };

/** Linux's O_PATH, which Node does not name: a descriptor that only says where. */
const pathOnly = 0o10000000;
const at = (descriptor: number): string => `/proc/self/fd/${descriptor}`;

/**
 * Undefined where there is no such thing. Each step is one call of the kernel's that waits for nobody: by way of the thread pool it
 * costs ten times as much, and there are thousands a look.
 */
function openAt(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return undefined;
    throw error;
  }
}

interface Reached {
  /** Says where, and opens nothing: a FIFO does not make its reader wait, a device does nothing. */
  readonly descriptor: number;
  readonly stats: Stats;
  /** As asked, or as much of it as leads through folders: a link or a file in the way ends it. */
  readonly path: string;
}

/**
 * Goes along a path step by step, following no link: what lies here is written by whoever is in the container. Undefined: the
 * way ends in nothing. What it is given for is over when `use` returns.
 */
function reach<T>(folder: string, path: string, use: (reached: Reached) => T): T | undefined {
  let descriptor = openAt(folder, pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const parts = path.split("/");
    for (const [index, part] of parts.entries()) {
      if (descriptor === undefined) return undefined;
      const step = `${at(descriptor)}/${part}`;
      // Most ways end here, and an error thrown costs more than all the rest.
      if (lstatSync(step, { throwIfNoEntry: false }) === undefined) return undefined;
      const next = openAt(step, pathOnly | constants.O_NOFOLLOW);
      closeSync(descriptor);
      descriptor = next;
      if (descriptor === undefined) return undefined;
      const stats = fstatSync(descriptor);
      if (index === parts.length - 1 || !stats.isDirectory())
        return use({ descriptor, stats, path: parts.slice(0, index + 1).join("/") });
    }
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whether a plain file lies at a container's path in a layer: in the one over its image, it was written since the start. */
export function holdsFile(layer: string, path: string): boolean {
  const asked = path.replace(/^\/+/, "");
  return reach(layer, asked, (found) => found.path === asked && found.stats.isFile()) ?? false;
}

/** System files that were written, or taken away, since the container started; paths as within it, at most 64. */
export function changedFiles(upper: string): string[] {
  const found: string[] = [];
  let entries = 0;
  // Whatever stands in a folder's place (a link, a file, what stands for one that was taken away) is a change by itself.
  const told = (path: string): void => {
    if (found.length < most.files && !found.includes(`/${path}`)) found.push(`/${path}`);
  };
  function walk(folder: number, path: string, depth: number): void {
    // Read piece by piece: there may be millions.
    const listing = opendirSync(at(folder));
    try {
      for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
        if (++entries > most.entries || found.length >= most.files) return;
        const name = `${path}/${entry.name}`;
        // A character device 0/0 stands for what was taken away.
        if (entry.isFile() || entry.isSymbolicLink() || entry.isCharacterDevice()) found.push(name);
        else if (entry.isDirectory() && depth < most.depth) enter(`${at(folder)}/${entry.name}`, name, depth + 1);
      }
    } finally {
      listing.closeSync();
    }
  }
  function enter(where: string, path: string, depth: number): void {
    const folder = openAt(where, constants.O_RDONLY | constants.O_DIRECTORY | (depth === 1 ? 0 : constants.O_NOFOLLOW));
    if (folder === undefined) return;
    try {
      walk(folder, path, depth);
    } finally {
      closeSync(folder);
    }
  }
  const missing = new Set(tops.filter((top) => reach(upper, top, () => true) === undefined));
  const isThere = (path: string): boolean => !missing.has(topOf(path));
  for (const path of programFolders.filter(isThere))
    reach(upper, path, ({ descriptor, stats, path: reached }) => {
      // The descriptor's own link is the one that is followed: it leads to what was reached.
      if (stats.isDirectory()) enter(at(descriptor), `/${path}`, 1);
      else told(reached);
    });
  for (const path of decidingFiles.filter(isThere))
    reach(upper, path, ({ stats, path: reached }) => {
      if (!stats.isDirectory()) told(reached);
    });
  return found;
}
