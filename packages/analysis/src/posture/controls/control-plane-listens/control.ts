import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const controlPlaneListens = factControl(kinds.controlPlaneFacts, {
  id: "control-plane-listens",
  title: "The controller manager and the scheduler listen on loopback only",
  area: "control-plane",
  attack:
    "Both serve metrics and health, and nobody beyond their machine needs to ask for them. On other addresses whoever reaches the node learns names and numbers of what runs, and meets one more server with its flaws. That is a door without a purpose in the most privileged machines.",
  severity: "medium",
  severityBecause: "what is served tells about the cluster but gives no access by itself",
  frameworks: {
    cis: ["1.3.7", "1.4.2"],
    nsa: ["control-plane"],
    attack: ["T1613"],
    owasp: ["K06:2025"],
  },
  fact: "controllerManagerBindAddress",
  only: "kubernetes",
  check: (address, { facts }) =>
    [
      { key: "controller-manager", address },
      { key: "scheduler", address: facts.schedulerBindAddress?.value },
    ]
      .filter((one) => one.address !== undefined && !/^(127\.|::1$|localhost$)/.test(one.address))
      .map((one) => ({ key: one.key, says: `the ${one.key} listens on ${one.address}` })),
  passing: "127.0.0.1",
  how: "set --bind-address=127.0.0.1 for both (with kubeadm: in /etc/kubernetes/manifests); a Prometheus that reads them from elsewhere needs another way then",
});
