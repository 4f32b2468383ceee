import { brokenRule, ruleBreach, setterOf } from "../../../deciders/pod-security-rule.ts";
import { containerOf, edited, listed, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "capabilities_restricted";

export const workloadCapabilitiesKept = workloadControl({
  id: "workload-capabilities-kept",
  title: "Containers drop all capabilities",
  area: "workloads",
  attack:
    "Runtimes leave a container a dozen or so of root's powers, among them to forge packets, to change owners of files and to make device nodes. An attacker who becomes root in the container has them all. They spoof neighbours on the network and have more to work with on the way out.",
  severity: "low",
  severityBecause: "the default set has been chosen to keep a container in, and only root in the container gets it",
  frameworks: {
    pss: ["restricted/capabilities_restricted"],
    nsa: ["pod-security"],
    cis: ["5.2.8", "5.2.10"],
    owasp: ["K01:2025"],
    nist: ["4.4.3"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "restricted", rule)
      .filter(({ field }) => field.endsWith(".drop"))
      .map((broken) => ruleBreach(broken, "restricted", rule, `${setterOf(broken)} does not drop all capabilities`)),
  fix: (workload, breach) => {
    const container = containerOf(workload, breach);
    const low = (container?.container.ports ?? []).map((port) => port.containerPort).filter((port) => port < 1024);
    const open = workload.spec.securityContext?.sysctls?.some(
      ({ name, value }) => name === "net.ipv4.ip_unprivileged_port_start" && Number(value) <= Math.min(...low),
    );
    const added = container?.container.securityContext?.capabilities?.add ?? [];
    const needsBind = low.length > 0 && open !== true && !added.includes("NET_BIND_SERVICE") && !added.includes("ALL");
    const field = breach.field.slice(0, -".drop".length);
    return edited(
      [
        setting(workload, breach.field, ["ALL"]),
        ...(needsBind ? [setting(workload, `${field}.add`, [...added, "NET_BIND_SERVICE"])] : []),
      ],
      {
        mind: `${needsBind ? `NET_BIND_SERVICE stays for port ${listed(low.map(String))}; ` : ""}a program that starts as root and then changes its user or its files' owners (CHOWN, SETUID, SETGID) fails at start`,
      },
    );
  },
});
