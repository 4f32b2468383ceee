import { brokenRule, ruleBreach, setterOf } from "../../../deciders/pod-security-rule.ts";
import { containerOf, edited, listed, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";

const rule = "runAsUser";
const lowestPort = "net.ipv4.ip_unprivileged_port_start";

export const workloadRunAsRoot = workloadControl({
  id: "workload-run-as-root",
  title: "Containers are not told to run as root",
  area: "workloads",
  attack:
    "Without a user namespace, user 0 in a container is user 0 of the node, held only by what the container lacks. An attacker who breaks into a process of root may write every file of the container and uses each flaw of runtime and kernel with root's rights. Most escapes, such as those of runc, begin as root in the container.",
  severity: "medium",
  severityBecause: "it is half of most ways out of a container, though not one by itself",
  frameworks: {
    pss: ["restricted/runAsUser"],
    nsa: ["pod-security"],
    cis: ["5.2.7"],
    attack: ["T1611"],
    owasp: ["K01:2025"],
    nist: ["4.1.2", "4.4.3"],
    pci: ["2.2.6"],
  },
  check: (workload, view) =>
    brokenRule(workload, view, "restricted", rule).map((broken) =>
      ruleBreach(broken, "restricted", rule, `${setterOf(broken)} asks for user 0, which is root`),
    ),
  fix: (workload, breach) => {
    const { spec, prefix, containers } = workload;
    const volumes = spec.volumes?.some(
      (volume) => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined,
    );
    const own = containerOf(workload, breach);
    const ports = (own === undefined ? containers : [own]).flatMap(({ container }) =>
      (container.ports ?? []).map(({ containerPort }) => containerPort).filter((port) => port < 1024),
    );
    const sysctls = spec.securityContext?.sysctls ?? [];
    const shut = ports.length > 0 && !sysctls.some(({ name }) => name === lowestPort);
    // Capabilities are no help to another user than root, and on the node's network the sysctl is refused.
    const opened = shut && spec.hostNetwork !== true;
    const breaks = [
      ...(volumes === true && spec.securityContext?.fsGroup === undefined
        ? ["files that it wrote to its volumes as root are not its own any more; an fsGroup gives them back"]
        : []),
      ...(shut && !opened ? [`it cannot bind port ${listed(ports.map(String))} of the node any more`] : []),
    ];
    return edited(
      [
        setting(workload, breach.field, 65_532),
        setting(workload, `${breach.field.slice(0, -"runAsUser".length)}runAsNonRoot`, true),
        ...(opened
          ? [
              setting(workload, `${prefix}spec.securityContext.sysctls`, [
                ...sysctls,
                { name: lowestPort, value: `${Math.min(...ports)}` },
              ]),
            ]
          : []),
      ],
      {
        ...(breaks.length === 0 ? {} : { breaks: breaks.join("; ") }),
        mind: `an image whose files belong to root may fail to write them; take the user that the image's maker meant${opened ? `; the sysctl lets that user bind port ${listed(ports.map(String))}` : ""}`,
      },
    );
  },
});
