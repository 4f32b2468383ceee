import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setImmediate as others, setTimeout as pause } from "node:timers/promises";
import { containerNamed } from "../scanning/loaded-files.ts";
import { changedFiles } from "./changed-files.ts";
import { type ForeignFile, foreignFile, isDoubtful } from "./foreign-files.ts";
import { type ListenedProtocol, type Listener, listenersIn } from "./listeners.ts";
import { isLinker, loadedCode, readMaps } from "./loaded-code.ts";
import { type ContainerMounts, containerMounts } from "./mounts.ts";
import type { StartedPrograms } from "./started-programs.ts";

/** What is to be seen of one container. */
export interface Observation {
  readonly programs: readonly ForeignFile[];
  /** Libraries and other code that a program has loaded; each look knows some, and all of them when files are looked at. */
  readonly libraries: readonly ForeignFile[];
  /** Of its whole pod: containers of a pod share their network. */
  readonly listeners: readonly Listener[];
  /** System files that were written since the start; undefined: not looked at this time. */
  readonly changed?: readonly string[];
  /** Why something could not be looked at. */
  readonly blind?: string;
}

export interface ObserveOptions {
  /** Default `/proc`. */
  readonly proc?: string;
  /** The runtime's own folder: layers elsewhere are not looked into. */
  readonly layers: string;
  /** Ids of containers, as their cgroups are named. */
  readonly containers: ReadonlySet<string>;
  /** What was started since the look before, where somebody heard of it. */
  readonly started?: StartedPrograms;
  /** Of which of them mounts, written files and loaded code are looked at too. */
  readonly files: ReadonlySet<string>;
  /** What is known of containers from looks before. Kept up by each look; absent: everything is looked at. */
  readonly memory?: Map<string, ContainerMemory>;
}

/** What of a container is not looked at each time. */
export interface ContainerMemory {
  /** They seldom change. */
  readonly mounts: ContainerMounts;
  /** Programs that were found in its image. */
  readonly own: Set<string>;
  /** How many sockets its pod had when its listeners were read: the kernel tells that cheaply. */
  readonly sockets: string;
  readonly listeners: readonly Listener[];
  /** In which look they were read. */
  readonly readIn: number;
}

/**
 * `tables`: of pods whose sockets are other than before so many are read in one look, those first that waited longest. The
 * kernel walks all sockets of the machine for one such table (5 ms where there are many buckets).
 */
/** After so many processes whoever else waits comes first. */
const turn = 64;
const most = { processes: 1024, programs: 32, tables: 4 };
/** Milliseconds: the runtime itself runs from memory for a moment, at each start and each exec. */
const settle = 400;

const passedOver: ReadonlySet<string> = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);

/** Undefined for a process that ended meanwhile. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (passedOver.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

// What the kernel makes up on the spot is read at once: by way of the thread pool it costs twenty times as much, and in another
// encoding than this one Node takes five calls for it.
const textOf = (file: string): string | undefined => unlessGone(() => readFileSync(file, "utf8"));
const linkOf = (file: string): string | undefined => unlessGone(() => readlinkSync(file));

interface Seen {
  readonly programs: Map<string, ForeignFile>;
  readonly libraries: Map<string, ForeignFile>;
  readonly own: Set<string>;
  /** Links that were looked at, in this look. */
  readonly judged: Set<string>;
  readonly loaded: Set<string>;
  readonly mounts: ContainerMounts;
  processes: number;
}

/** One pass over all processes: for every container what runs in it that its image does not hold, and what it listens on. */
export async function observeContainers(options: ObserveOptions): Promise<ReadonlyMap<string, Observation>> {
  const { proc = "/proc", layers, containers, files, memory = new Map<string, ContainerMemory>() } = options;
  const started: StartedPrograms = options.started ?? new Map<string, ReadonlySet<string>>();
  let passed = 0;
  const look = 1 + Math.max(0, ...[...memory.values()].map(({ readIn }) => readIn));
  const found = new Map<string, Seen>();
  const changed: { readonly id: string; readonly process: string; readonly before: ContainerMemory }[] = [];
  const doubtful: { readonly process: string; readonly link: string; readonly seen: Seen }[] = [];
  for (const pid of readdirSync(proc).filter((name) => /^[1-9][0-9]*$/.test(name))) {
    const process = `${proc}/${pid}`;
    const cgroups = textOf(`${process}/cgroup`);
    const container = cgroups === undefined ? undefined : containerNamed(cgroups, containers);
    if (container === undefined) continue;
    if (++passed % turn === 0) await others();
    let seen = found.get(container);
    if (seen === undefined) {
      const before = memory.get(container);
      const mounts = before === undefined || files.has(container) ? mountsOf(process, layers) : before.mounts;
      if (mounts === undefined) continue;
      const sockets = socketsOf(process);
      const own = before?.own ?? new Set<string>();
      seen = nothingYet(mounts, own);
      found.set(container, seen);
      if (before === undefined)
        memory.set(container, { mounts, own, sockets, listeners: listenersOf(process), readIn: look });
      else {
        memory.set(container, { ...before, mounts });
        if (before.sockets !== sockets) changed.push({ id: container, process, before });
      }
    }
    if (++seen.processes > most.processes) continue;
    const link = linkOf(`${process}/exe`);
    if (link === undefined) continue;
    if (isDoubtful(link) || !judge(seen, link)) doubtful.push({ process, link, seen });
    else if (files.has(container) || isLinker(link)) judgeLoaded(seen, process, link);
  }
  changed.sort((a, b) => a.before.readIn - b.before.readIn);
  for (const { id, process, before } of changed.slice(0, most.tables)) {
    // Asked before the table is read: what changes meanwhile is a change the next time.
    const sockets = socketsOf(process);
    memory.set(id, { ...before, sockets, listeners: listenersOf(process), readIn: look });
  }
  if (doubtful.length > 0) await pause(settle);
  for (const { process, link, seen } of doubtful) if (linkOf(`${process}/exe`) === link) judge(seen, link, true);
  for (const [id, links] of started) {
    const seen = found.get(id) ?? ended(memory.get(id));
    if (seen === undefined) continue;
    found.set(id, seen);
    for (const link of links) judge(seen, link, true);
  }
  const observations = new Map<string, Observation>();
  for (const [id, seen] of found) {
    observations.set(id, observed(seen, memory.get(id)?.listeners ?? [], files.has(id)));
    if (files.has(id)) await others();
  }
  return observations;
}

function mountsOf(process: string, layers: string): ContainerMounts | undefined {
  const text = textOf(`${process}/mountinfo`);
  return text === undefined ? undefined : containerMounts(text, layers);
}

const nothingYet = (mounts: ContainerMounts, own: Set<string>): Seen => ({
  programs: new Map(),
  libraries: new Map(),
  judged: new Set(),
  loaded: new Set(),
  own,
  mounts,
  processes: 0,
});

/** Of a container in which nothing runs any more. */
const ended = (before: ContainerMemory | undefined): Seen | undefined =>
  before && nothingYet(before.mounts, before.own);

const socketsOf = (process: string): string =>
  ["sockstat", "sockstat6"]
    .map(
      (name) =>
        textOf(`${process}/net/${name}`)
          ?.match(/^(?:TCP|UDP)6?: inuse \d+/gm)
          ?.join() ?? "",
    )
    .join();

const tables: readonly (readonly [name: string, protocol: ListenedProtocol])[] = [
  ["tcp", "TCP"],
  ["tcp6", "TCP"],
  ["udp", "UDP"],
  ["udp6", "UDP"],
];

function listenersOf(process: string): readonly Listener[] {
  const found = tables.flatMap(([name, protocol]) => listenersIn(textOf(`${process}/net/${name}`) ?? "", protocol));
  return [...new Map(found.map((each) => [`${each.port}/${each.protocol}`, each])).values()];
}

/** False: it is to be looked at once more before it is told, since it may be the runtime's on its way in. */
function judge(seen: Seen, link: string, certain = false): boolean {
  if (seen.programs.size >= most.programs || seen.judged.has(link)) return true;
  const program = foreignFile(seen.mounts, link, seen.own);
  if (program?.origin === "nowhere" && !certain) return false;
  seen.judged.add(link);
  if (program !== undefined) seen.programs.set(program.path, program);
  return true;
}

function judgeLoaded(seen: Seen, process: string, program: string): void {
  for (const link of loadedCode(unlessGone(() => readMaps(`${process}/maps`)) ?? "", program)) {
    if (seen.libraries.size >= most.programs) return;
    if (seen.loaded.has(link)) continue;
    seen.loaded.add(link);
    const file = foreignFile(seen.mounts, link, seen.own);
    if (file !== undefined) seen.libraries.set(file.path, file);
  }
}

function observed({ programs, libraries, mounts }: Seen, listeners: readonly Listener[], files: boolean): Observation {
  const { upper } = mounts;
  return {
    programs: [...programs.values()],
    libraries: [...libraries.values()],
    listeners,
    ...(files && upper !== undefined ? { changed: changedFiles(upper) } : {}),
    ...(upper === undefined
      ? { blind: "its root is no overlay of the runtime's: what was written over the image cannot be told from it" }
      : {}),
  };
}
