import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodeUnprivilegedUserNamespaces = factControl(kinds.nodeFacts, {
  id: "node-unprivileged-user-namespaces",
  title: "Users of the machine cannot make themselves root of a namespace",
  area: "node",
  attack:
    "In a user namespace of its own a process holds all capabilities and reaches parts of the kernel that were written for root: packet filters, mounts, overlay file systems. Most local kernel exploits of recent years began there. A user or a daemon that was broken into gets that reach without any right.",
  severity: "low",
  severityBecause:
    "pods do not need the right and seccomp takes it from most of them, while some programs of the machine use it to lock themselves in",
  frameworks: {
    attack: ["T1068", "T1611"],
    nist: ["4.5.2"],
  },
  fact: "sysctls",
  check: (sysctls, { object }) => {
    const most = needed(sysctls["user.max_user_namespaces"], object, "user.max_user_namespaces");
    // Debian's switch, and Ubuntu's narrower one.
    const closed =
      most === "0" ||
      sysctls["kernel.unprivileged_userns_clone"] === "0" ||
      sysctls["kernel.apparmor_restrict_unprivileged_userns"] === "1";
    return closed
      ? undefined
      : "every user may make user namespaces, and with them reach parts of the kernel meant for root";
  },
  how: "Debian: sysctl -w kernel.unprivileged_userns_clone=0; Ubuntu: kernel.apparmor_restrict_unprivileged_userns=1 (both in /etc/sysctl.d to last). It is a trade: pods with hostUsers: false go on, since root makes their namespaces, but rootless podman, browsers and other programs that lock themselves in this way lose it. Never set user.max_user_namespaces=0 for it: that takes the namespaces of pods as well",
});
