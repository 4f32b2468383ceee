import { brokenRule, ruleBreach } from "../../../deciders/pod-security-rule.ts";
import { containerOf, edited, removing } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "hostPorts";

export const workloadHostPorts = workloadControl({
  id: "workload-host-ports",
  title: "Containers take no ports of the node",
  area: "workloads",
  attack:
    "A Service is where exposure is declared, watched and filtered. A hostPort opens the container at the node's own address beside all that, and on most clusters past the network policies that were written with Services in mind. Whoever reaches the node reaches the program, and one that binds a port of the node's agents can answer in their place.",
  severity: "medium",
  severityBecause: "it exposes one program at every address of the node, with whatever flaws that program has",
  frameworks: {
    pss: ["baseline/hostPorts"],
    nsa: ["pod-security", "network-separation"],
    cis: ["5.2.13"],
    owasp: ["K01:2025", "K06:2025"],
    nist: ["4.4.2"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "baseline", rule).flatMap((broken) => {
      const { container, field } = broken;
      const port = (container?.container.ports ?? []).find(
        (_, i) => field === `${container?.field}.ports[${i}].hostPort`,
      );
      if (container === undefined || port?.hostPort === undefined) return [];
      // On the node's network the API server fills it in itself: that is one fault, and told as such.
      if (workload.spec.hostNetwork === true && port.hostPort === port.containerPort) return [];
      const at = port.hostIP === undefined || port.hostIP === "" ? "every address" : port.hostIP;
      return [
        ruleBreach(
          broken,
          "baseline",
          rule,
          `container ${container.name} takes port ${port.hostPort} of the node, at ${at}`,
          `${port.hostPort}/${port.protocol ?? "TCP"} ${port.hostIP ?? ""}`.trimEnd(),
        ),
      ];
    }),
  fix: (workload, breach) => {
    const at = breach.field.slice(0, -".hostPort".length);
    const port = containerOf(workload, breach)?.container.ports?.find((_, i) => at.endsWith(`.ports[${i}]`));
    return edited(
      [removing(workload, breach.field), ...(port?.hostIP === undefined ? [] : [removing(workload, `${at}.hostIP`)])],
      {
        breaks: `clients that reach port ${port?.hostPort ?? 0} of the node need a Service of type NodePort or LoadBalancer for port ${port?.containerPort ?? 0} instead`,
      },
    );
  },
});
