import { hostPathControl } from "../../../deciders/host-path.ts";

export const workloadHostPathRuntimeSocket = hostPathControl(
  {
    id: "workload-host-path-runtime-socket",
    title: "Pods do not reach the container runtime's socket",
    attack:
      "The runtime starts any container with any mount for whoever opens its socket, and asks for no name. A pod that mounts the socket lets an attacker in it start a privileged container with the node's disk in it, past the API server and its admission. The node and all pods on it are theirs, and no audit log tells of it.",
    severity: "critical",
    severityBecause: "opening the socket is root on the node, whatever else holds the container",
    frameworks: {
      pss: ["baseline/hostPathVolumes"],
      nsa: ["pod-security"],
      cis: ["5.2.12"],
      attack: ["T1611", "T1610", "T1609"],
      owasp: ["K01:2025"],
      nist: ["4.4.3"],
    },
  },
  "runtime-socket",
  () => "whoever opens the runtime's socket starts privileged containers, and readOnly does not keep a socket shut",
  ({ ref }, { path, name }) => ({
    kind: "by-hand",
    why: `${ref.name} talks to the runtime over ${path}, and there is no lesser way to talk to it`,
    how: `build images with a rootless builder (BuildKit, Buildah), read logs and metrics from the kubelet, ask the API server for pods; then remove volume ${name} and its mounts`,
  }),
);
