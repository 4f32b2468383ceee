import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const runtimeCgroupVersion = factControl(kinds.nodeFacts, {
  id: "runtime-cgroup-version",
  title: "Limits of pods are held by control groups v2",
  area: "runtime",
  attack:
    "Limits keep one pod from starving the others and the node. Version 1 counts memory and disk traffic apart, so that a pod gets around its limit by writing, and its release_agent was a way out of privileged containers. Kubernetes itself keeps it for old systems only.",
  severity: "low",
  severityBecause: "limits do hold against most of what pods do",
  frameworks: {
    attack: ["T1499", "T1611"],
    nist: ["4.4.3"],
  },
  fact: "cgroupVersion",
  check: (version) => (version === 2 ? undefined : "control groups are of version 1"),
  passing: "2",
  how: "boot with systemd.unified_cgroup_hierarchy=1, or use a release of the distribution that has v2 from the start (Debian 11, Ubuntu 22.04 and later)",
});
