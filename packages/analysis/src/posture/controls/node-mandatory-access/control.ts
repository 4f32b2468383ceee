import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const nodeMandatoryAccess = factControl(kinds.nodeFacts, {
  id: "node-mandatory-access",
  title: "Containers are held by AppArmor or SELinux too",
  area: "node",
  attack:
    "Namespaces, capabilities and seccomp hold a container, and one flaw in them lets it out. A mandatory profile of AppArmor or SELinux forbids mounts, writes to /proc and other files even then. Without one an escape is one flaw away instead of two.",
  severity: "medium",
  severityBecause: "it is a second wall that only matters when the first falls",
  frameworks: {
    nsa: ["pod-security"],
    attack: ["T1611"],
    nist: ["4.4.3"],
  },
  fact: "apparmor",
  check: (apparmor, { facts }) =>
    apparmor || facts.selinux?.value === "enforcing"
      ? undefined
      : `AppArmor is off${facts.selinux?.value === "permissive" ? ", and SELinux only tells" : " and SELinux does not enforce"}`,
  how: "Debian and Ubuntu: apt install apparmor, without apparmor=0 on the kernel command line, then reboot; Red Hat: setenforce 1 and SELINUX=enforcing in /etc/selinux/config",
});
