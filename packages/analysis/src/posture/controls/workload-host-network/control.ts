import { brokenRule, ruleBreach } from "../../../deciders/pod-security-rule.ts";
import { edited, listed, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

export const workloadHostNetwork = workloadControl({
  id: "workload-host-network",
  title: "Pods do not use the node's network",
  area: "workloads",
  attack:
    "A pod's own network is what network policies act on and what keeps it from services that listen on the node's loopback. With hostNetwork an attacker in the pod talks to those services as a local process, reaches the cloud's metadata address and is bound by no policy. The node's credentials or unprotected ports of its agents are then a request away.",
  severity: "high",
  severityBecause: "it takes the pod out of every network policy and puts it beside the node's own services",
  frameworks: {
    pss: ["baseline/hostNamespaces"],
    nsa: ["pod-security", "network-separation"],
    cis: ["5.2.5"],
    attack: ["T1611"],
    owasp: ["K01:2025", "K05:2025"],
    nist: ["4.4.2", "4.4.3"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "baseline", "hostNamespaces")
      .filter(({ field }) => field.endsWith("spec.hostNetwork"))
      .map((broken) =>
        ruleBreach(
          broken,
          "baseline",
          "hostNamespaces",
          "the pod is on the node's network, outside all network policies",
        ),
      ),
  fix: (workload, breach) => {
    const ports = workload.containers.flatMap(({ container }) =>
      (container.ports ?? []).flatMap(({ hostPort = 0, containerPort }) =>
        hostPort === 0 ? [] : [`${containerPort}`],
      ),
    );
    const { dnsPolicy } = workload.spec;
    return edited(
      [
        removing(workload, breach.field),
        // Only of use on the node's network.
        ...(dnsPolicy === "ClusterFirstWithHostNet" ? [removing(workload, `${workload.prefix}spec.dnsPolicy`)] : []),
      ],
      {
        ...(ports.length === 0
          ? {}
          : { breaks: `clients that reach port ${listed(ports)} at the node's own address need a Service instead` }),
        mind: "what it reaches on the node's loopback or binds at the node's address is out of its reach afterwards",
      },
    );
  },
});
