import { hostPathControl } from "../../../deciders/host-path.ts";

export const workloadHostPath = hostPathControl(
  {
    id: "workload-host-path",
    title: "Pods mount no paths of the node",
    attack:
      "A hostPath volume puts a piece of the node's disk into a pod, past the storage's own rules. An attacker in the pod reads what other pods and the node leave there and, where it is writable, plants links and files for them. Data crosses from pod to pod, and a program of the node that trusts the path is led astray.",
    severity: "medium",
    severityBecause: "the path holds nothing that gives the node away by itself, but nothing keeps pods apart on it",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security"],
      cis: ["5.2.12"],
      attack: ["T1611"],
      owasp: ["K01:2025"],
      nist: ["4.4.3", "4.5.5"],
    },
  },
  "other",
  () => "data of the node and of other pods meets there",
  ({ ref }, { path, name }) => ({
    kind: "by-hand",
    why: `what ${ref.name} keeps or finds in ${path} is on the node's disk and in no other volume`,
    how: `move it into a PersistentVolumeClaim (a local PersistentVolume where it must stay on this node), a ConfigMap for files that are only read, or an emptyDir if it may be lost; then let volume ${name} name that`,
  }),
);
