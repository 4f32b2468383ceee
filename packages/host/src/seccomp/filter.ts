import {
  answerAllow,
  answerError,
  answerKill,
  assemble,
  callArchitecture,
  callArgument,
  callNumber,
  type FilterStep,
} from "./assemble.ts";

/** The kernel's numbers of one architecture; undefined: it has no such call. */
type Numbers = readonly [x64: number | undefined, arm64: number | undefined];

/** What no unprivileged process of ours has to do with. Numbers of <asm/unistd_64.h> and <asm-generic/unistd.h>. */
export const refusedCalls: Readonly<Record<string, Numbers>> = {
  // Other processes' memory and descriptors.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  // Mounts and namespaces (see also clone).
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  open_by_handle_at: [304, 265],
  // The kernel itself.
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  lookup_dcookie: [212, 18],
  fanotify_init: [300, 262],
  personality: [135, 92],
  modify_ldt: [154, undefined],
  iopl: [172, undefined],
  ioperm: [173, undefined],
  syslog: [103, 116],
  // The machine.
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  vhangup: [153, 58],
};

const clone: Numbers = [56, 220];
const clone3: Numbers = [435, 435];
const socket: Numbers = [41, 198];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const newNamespaces = 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK (which tells a process its own addresses). */
const families = [1, 2, 10, 16];

const notPermitted = answerError(1);
const notImplemented = answerError(38);
const noSuchFamily = answerError(97);

const architectures = { x64: { column: 0, audit: 0xc000_003e }, arm64: { column: 1, audit: 0xc000_00b7 } } as const;
export type FilterArchitecture = keyof typeof architectures;

export const isFilterArchitecture = (name: string): name is FilterArchitecture => name in architectures;

/**
 * The filter of an unprivileged process of ours: refuses what reaches other processes, mounts, namespaces, the kernel or
 * the machine, and every family of sockets but the plain ones. Calls of another architecture's interface end the process.
 */
export function processFilter(architecture: FilterArchitecture): Buffer {
  const { column, audit } = architectures[architecture];
  const when = (numbers: Numbers, to: string): FilterStep[] => {
    const value = numbers[column];
    return value === undefined ? [] : [{ step: "when", is: "equal", value, to }];
  };
  return assemble([
    { step: "load", offset: callArchitecture },
    { step: "when", is: "equal", value: audit, to: "native" },
    { step: "answer", value: answerKill },
    { step: "label", name: "native" },
    { step: "load", offset: callNumber },
    // x32's numbers are the same calls under other names.
    ...(architecture === "x64"
      ? [{ step: "when", is: "at-least", value: 0x4000_0000, to: "not permitted" } as const]
      : []),
    ...when(clone, "clone"),
    // Its flags lie in memory, where a filter cannot look: whoever calls it falls back to clone.
    ...when(clone3, "not implemented"),
    ...when(socket, "socket"),
    ...Object.values(refusedCalls).flatMap((numbers) => when(numbers, "not permitted")),
    { step: "label", name: "allow" },
    { step: "answer", value: answerAllow },
    { step: "label", name: "clone" },
    { step: "load", offset: callArgument(0) },
    { step: "when", is: "any-of", value: newNamespaces, to: "not permitted" },
    { step: "answer", value: answerAllow },
    { step: "label", name: "socket" },
    { step: "load", offset: callArgument(0) },
    ...families.map((value): FilterStep => ({ step: "when", is: "equal", value, to: "plain" })),
    { step: "answer", value: noSuchFamily },
    { step: "label", name: "plain" },
    { step: "answer", value: answerAllow },
    { step: "label", name: "not permitted" },
    { step: "answer", value: notPermitted },
    { step: "label", name: "not implemented" },
    { step: "answer", value: notImplemented },
  ]);
}
