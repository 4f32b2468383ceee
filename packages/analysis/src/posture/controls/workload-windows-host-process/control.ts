import { brokenRule, ruleBreaches, setterOf } from "../../../deciders/pod-security-rule.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "windowsHostProcess";

export const workloadWindowsHostProcess = workloadControl({
  id: "workload-windows-host-process",
  title: "Windows containers are not host processes",
  area: "workloads",
  attack:
    "A HostProcess container is no container: its program runs on the Windows node itself, as an account of the node's. Whoever runs code in it has the node's files, services and network at once. Other pods of the node and the kubelet's identity are then theirs.",
  severity: "critical",
  severityBecause: "nothing isolates the program from the node",
  frameworks: {
    pss: ["baseline/windowsHostProcess"],
    nsa: ["pod-security"],
    cis: ["5.2.11"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    ruleBreaches(
      workload,
      view,
      "baseline",
      rule,
      (broken) => `${setterOf(broken)} runs as a process of the Windows node itself`,
    ),
  // The API server refuses a pod in which some are host processes and others are not.
  fix: (workload, _, view) =>
    edited(
      brokenRule(workload, view, "baseline", rule).map(({ field }) => setting(workload, field, false)),
      {
        breaks:
          "it asks for the node itself, and its work on the node's services and files ends; a CSI proxy or a service of the node's own does that instead",
        mind: "hostNetwork, which such pods must set, can go with it",
      },
    ),
});
