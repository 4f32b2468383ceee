import type { MachineFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";

const since = ([major, minor]: readonly [number, number], [m, n]: readonly [number, number]): boolean =>
  major > m || (major === m && minor >= n);

/** The kernel and what it gives to containers. */
export function judgeKernel(facts: MachineFacts): Finding[] {
  const { kernel } = facts;
  return [
    ...version(facts),
    ...namespaces(facts),
    ...fileSystems(facts),
    ...confinement(facts),
    ...newerInBoot(kernel),
  ];
}

function* version({ kernel, architecture }: MachineFacts): Generator<Finding> {
  if (!["x64", "arm64"].includes(architecture))
    yield {
      id: "architecture",
      level: "prevents",
      what: `this machine is ${architecture}`,
      consequence: "Bulkhead and its parts exist for x64 and arm64",
      whatToDo: "use another machine",
    };
  // Checked: pod user namespaces need overlayfs with mapped owners.
  if (since(kernel.version, [5, 19]))
    yield {
      id: "kernel",
      level: "fine",
      what: `Linux ${kernel.release}`,
      consequence: "pods get user namespaces of their own: root in a pod is nobody outside",
    };
  else
    yield {
      id: "kernel",
      level: "prevents",
      what: `Linux ${kernel.release} is older than 5.19`,
      consequence: "images cannot be mounted with mapped owners, so no pod can have a user namespace of its own",
      whatToDo: "install a newer kernel (Debian 12 has 6.1)",
    };
  if (since(kernel.version, [5, 19]) && !since(kernel.version, [6, 3]))
    yield {
      id: "tmpfs-idmap",
      level: "note",
      what: "tmpfs cannot be mounted with mapped owners before Linux 6.3",
      consequence: "files of Secrets and tokens are given to the pod's mapped user by changing their owner instead",
    };
}

function newerInBoot({ release, installed }: MachineFacts["kernel"]): Finding[] {
  if (installed === undefined || installed === release) return [];
  return [
    {
      id: "kernel-reboot",
      level: "warning",
      what: `Linux ${installed} is installed, ${release} is running`,
      consequence: "what the newer kernel repairs is open until then; every container shares this kernel",
      whatToDo: "reboot; containers come back with Bulkhead",
    },
  ];
}

function* namespaces({ userNamespaces, networkNamespaces }: MachineFacts): Generator<Finding> {
  if (userNamespaces === "no")
    yield {
      id: "user-namespaces",
      level: "prevents",
      what: "user namespaces are not available",
      consequence: "pods that do not ask for the host's users cannot start",
      whatToDo: "sysctl user.max_user_namespaces=15000, in /etc/sysctl.d to last",
    };
  if (networkNamespaces === "no")
    yield {
      id: "network-namespaces",
      level: "prevents",
      what: "network namespaces cannot be made",
      consequence: "the instance's network, and with it every rule about traffic, cannot exist",
      whatToDo: "run Bulkhead on the machine itself, or give the container that it is in CAP_SYS_ADMIN",
    };
}

function* fileSystems({ overlayfs, noswap, swap, kernel }: MachineFacts): Generator<Finding> {
  if (overlayfs === "no")
    yield {
      id: "overlayfs",
      level: "prevents",
      what: "overlayfs cannot be mounted where the instance keeps its images",
      consequence: "no container can start from an image",
      whatToDo: "modprobe overlay; or choose a --root on ext4 or xfs (overlayfs does not lie on itself)",
    };
  if (swap === 0) return;
  if (noswap === "yes")
    yield {
      id: "swap",
      level: "fine",
      what: `swap of ${gib(swap)} is on, and tmpfs without swap is there`,
      consequence: "Secrets mounted in pods are never written to disk",
    };
  else
    yield {
      id: "swap",
      level: "warning",
      what: `swap of ${gib(swap)} is on, and Linux ${kernel.release} has no tmpfs without swap (6.4 has)`,
      consequence: "Secrets mounted in pods, and any memory of any pod, may be written to disk as they are",
      whatToDo: "swapoff -a and take swap out of /etc/fstab, or encrypt it with a key of each boot",
    };
}

function* confinement({ apparmor, seccomp, filterMeans, kernel }: MachineFacts): Generator<Finding> {
  if (!seccomp)
    yield {
      id: "seccomp",
      level: "prevents",
      what: `Linux ${kernel.release} is built without seccomp filters`,
      consequence: "RuntimeDefault, which every pod of the restricted standard has, cannot be applied",
      whatToDo: "use a kernel of the distribution",
    };
  else if (filterMeans === undefined)
    yield {
      id: "process-filter",
      level: "note",
      what: "neither perl nor a setpriv that loads seccomp filters is here",
      consequence: "Bulkhead's own unprivileged processes run without a filter; users and capabilities hold them",
      whatToDo: "on Debian: apt install perl-base",
    };
  yield apparmor
    ? {
        id: "apparmor",
        level: "fine",
        what: "AppArmor is on",
        consequence: "containers run under containerd's profile, besides seccomp and user namespaces",
      }
    : {
        id: "apparmor",
        level: "note",
        what: "AppArmor is off, or its parser is missing",
        consequence: "containers are held by user namespaces, capabilities and seccomp alone",
        whatToDo: "on Debian: apt install apparmor, and no apparmor=0 on the kernel's command line",
      };
}

export const gib = (bytes: number): string => {
  const value = bytes / 2 ** 30;
  return value >= 10
    ? `${Math.round(value)} GiB`
    : value >= 1
      ? `${value.toFixed(1)} GiB`
      : `${Math.round(bytes / 2 ** 20)} MiB`;
};
