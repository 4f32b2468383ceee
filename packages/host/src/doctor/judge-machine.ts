import type { MachineFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { gib } from "./judge-kernel.ts";

/** Packages that hold the programs we start. */
const packageOf: Readonly<Record<string, string>> = {
  nft: "nftables",
  ip: "iproute2",
  conntrack: "conntrack",
  mount: "mount",
  setpriv: "util-linux",
  nsenter: "util-linux",
};

/** Programs of the system that Bulkhead starts. */
export const neededPrograms: readonly string[] = Object.keys(packageOf);

/** Capabilities without which nothing runs, and what each is for. */
const neededCapabilities: Readonly<Record<string, string>> = {
  sys_admin: "mounts and namespaces",
  net_admin: "the instance's network and its packet rules",
  setuid: "running each process as a user of its own",
  setgid: "running each process as a group of its own",
  chown: "giving each process its files",
};

/** Rights, programs, control groups, room, time: what is around the kernel. */
export const judgeMachine = (facts: MachineFacts): Finding[] => [
  ...rights(facts),
  ...programs(facts),
  ...controlGroups(facts),
  ...room(facts),
  ...clock(facts),
  ...runtime(facts),
];

function* rights({ root, capabilities }: MachineFacts): Generator<Finding> {
  if (!root)
    yield {
      id: "root",
      level: "note",
      what: "this was not asked as root",
      consequence: "mounts, namespaces and other programs' packet rules could not be tried; bulkhead up needs root",
      whatToDo: "sudo bulkhead doctor",
    };
  for (const [name, what] of Object.entries(neededCapabilities)) {
    if (capabilities.has(name)) continue;
    yield {
      id: `capability-${name}`,
      level: "prevents",
      what: `root has no CAP_${name.toUpperCase()} here`,
      consequence: `${what} cannot be had`,
      whatToDo: "run Bulkhead on the machine itself, or give the container that it is in this capability",
    };
  }
  if (!capabilities.has("sys_resource"))
    yield {
      id: "sys-resource",
      level: "note",
      what: "root has no CAP_SYS_RESOURCE here",
      consequence:
        "limits cannot be raised, nor a container's place in the order of who is killed first when memory ends",
    };
}

function* programs({ programs: has }: MachineFacts): Generator<Finding> {
  const missing = Object.keys(packageOf).filter((p) => has[p] !== true);
  if (missing.length === 0)
    yield {
      id: "programs",
      level: "fine",
      what: `${Object.keys(packageOf).join(", ")} are there`,
      consequence: "packet rules, connections, mounts and namespaces can be made",
    };
  else
    yield {
      id: "programs",
      level: "prevents",
      what: `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`,
      consequence: "the instance's network and its processes cannot be set up",
      whatToDo: `apt-get install ${[...new Set(missing.map((p) => packageOf[p] ?? p))].join(" ")}`,
    };
}

function* controlGroups({ cgroups, systemd }: MachineFacts): Generator<Finding> {
  const needed = ["cpu", "memory", "pids"].filter((c) => !cgroups.controllers.includes(c));
  const names = {
    v2: "control groups v2",
    v1: "control groups v1",
    hybrid: "control groups v1 with a bare v2 beside it",
    none: "",
  };
  if (cgroups.mode === "none" || needed.length > 0)
    yield {
      id: "cgroups",
      level: "prevents",
      what: cgroups.mode === "none" ? "no control groups are mounted" : `control groups lack ${needed.join(", ")}`,
      consequence: "pods' requests and limits cannot be held",
      whatToDo: "boot with systemd, or mount /sys/fs/cgroup with these controllers",
    };
  else
    yield {
      id: "cgroups",
      level: cgroups.mode === "v2" ? "fine" : "note",
      what: names[cgroups.mode],
      consequence:
        cgroups.mode === "v2"
          ? `limits of memory, processor and processes hold${systemd ? ", through systemd" : ""}`
          : "limits hold; memory pressure and per-container events are only told by v2",
    };
  if (!systemd)
    yield {
      id: "systemd",
      level: "note",
      what: "systemd does not run here",
      consequence: "nothing starts Bulkhead again after a reboot but bulkhead up",
    };
}

const mib = 2 ** 20;

function* room({ memory, disk }: MachineFacts): Generator<Finding> {
  const whole = Math.min(memory.total, memory.limit ?? memory.total);
  const available = Math.min(memory.available, whole);
  if (available < 400 * mib)
    yield {
      id: "memory",
      level: available < 200 * mib ? "prevents" : "warning",
      what: `${gib(available)} of ${gib(whole)} memory are free`,
      consequence: "Bulkhead itself takes about 250 MiB; pods come on top",
      whatToDo: "end something else, or give the machine more",
    };
  else
    yield {
      id: "memory",
      level: "fine",
      what: `${gib(available)} of ${gib(whole)} memory are free`,
      consequence: "Bulkhead itself takes about 250 MiB",
    };
  const least = 1024 * mib;
  if (disk.free < 5 * least)
    yield {
      id: "disk",
      level: disk.free < least ? "prevents" : "warning",
      what: `${gib(disk.free)} are free at ${disk.path}`,
      consequence: "parts and programs take 0.5 GiB, images come on top; a full disk stops every write of the API",
      whatToDo: "make room, or choose another --root",
    };
  else
    yield {
      id: "disk",
      level: "fine",
      what: `${gib(disk.free)} are free at ${disk.path}`,
      consequence: "room for parts, images and data",
    };
}

function* clock({ clock: { synchronised, by } }: MachineFacts): Generator<Finding> {
  if (synchronised === "yes")
    yield {
      id: "clock",
      level: "fine",
      what: `the clock is kept right${by === undefined ? "" : ` by ${by}`}`,
      consequence: "certificates, tokens and exceptions end when they say",
    };
  else
    yield {
      id: "clock",
      level: synchronised === "no" ? "warning" : "note",
      what:
        synchronised === "no"
          ? `${by ?? "the time service"} says that the clock is not synchronised`
          : "nothing that keeps the clock right was found",
      consequence: "a clock that jumps ends certificates, tokens and exceptions too early or too late",
      whatToDo: "apt-get install systemd-timesyncd, or chrony; in a guest, see that the host's clock is handed on",
    };
}

/** The first SQLite without a flaw in resetting the write-ahead log, which could corrupt a database. */
const safeSqlite = [3, 51, 3] as const;
const oldestNode = [24, 15, 0] as const;

const atLeast = (version: string, least: readonly number[]): boolean => {
  const numbers = version.replace(/^v/, "").split(".").map(Number);
  for (const [i, n] of least.entries()) if ((numbers[i] ?? 0) !== n) return (numbers[i] ?? 0) > n;
  return true;
};

function* runtime({ node, sqlite }: MachineFacts): Generator<Finding> {
  if (atLeast(node, oldestNode))
    yield {
      id: "node",
      level: "fine",
      what: `Node ${node}, SQLite ${sqlite ?? "unknown"}`,
      consequence: "the Node that Bulkhead brings",
    };
  else
    yield {
      id: "node",
      level: "prevents",
      what: `Node ${node} is older than ${oldestNode.join(".")}`,
      consequence: "the programs do not run on it",
      whatToDo: "run node_modules/.bin/bulkhead, which uses the Node that Bulkhead brings",
    };
  if (sqlite === undefined || !atLeast(sqlite, safeSqlite))
    yield {
      id: "sqlite",
      level: "warning",
      what: `SQLite ${sqlite ?? "of unknown version"} is older than ${safeSqlite.join(".")}`,
      consequence: "its write-ahead log may corrupt the database when it is reset while others read",
      whatToDo: "run node_modules/.bin/bulkhead, which uses the Node that Bulkhead brings",
    };
}
