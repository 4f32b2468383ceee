import { startedBy } from "../../../deciders/command-line.ts";
import type { Breach } from "../../control.ts";
import { workloadControl } from "../../control.ts";
import { repositoryOf } from "../workload-writable-root/known-writes.ts";

const local = /^(?:tcp|http):\/\/(?:localhost|127\.|\[::1\])/;
const dind = /(?:^|\/)docker$/;

export const workloadDockerTcp = workloadControl({
  id: "workload-docker-tcp",
  title: "No Docker daemon is open to the network",
  area: "workloads",
  attack:
    "Docker's API starts any container with any mount, and over plain TCP it asks nobody who they are. Such a port is found by scanners within hours where it is reachable, and by every pod of the cluster where no policy forbids it. Whoever finds it is root where the daemon runs, and sees and changes all images built there.",
  severity: "high",
  severityBecause: "whoever reaches the port is root where the daemon runs, without a password",
  frameworks: {
    nsa: ["pod-security", "supply-chain"],
    attack: ["T1133", "T1610"],
    owasp: ["K06:2025", "K01:2025"],
    nist: ["4.4.3"],
    pci: ["2.2.4"],
  },
  check: ({ containers }) =>
    containers.flatMap((placed) => {
      const { container, field, name } = placed;
      const byVariable = (container.env ?? []).flatMap(({ name: variable, value = "", valueFrom }, i): Breach[] => {
        const at = { field: `${field}.env[${i}].value`, key: `${name} ${variable}` };
        if (variable === "DOCKER_HOST" && /^(?:tcp|http):\/\/\S+:2375\b/.test(value) && !local.test(value))
          return [{ ...at, says: `container ${name} speaks to a Docker daemon that asks nobody who they are` }];
        if (variable !== "DOCKER_TLS_CERTDIR" || value !== "" || valueFrom !== undefined) return [];
        return dind.test(repositoryOf(container.image ?? ""))
          ? [{ ...at, says: `the Docker daemon in container ${name} is open on port 2375 without TLS` }]
          : [];
      });
      const byCommand = startedBy(placed).flatMap(({ programs }) => {
        const found = programs.find(({ program, args }) => {
          const words = [program, ...args];
          return (
            words.some((word) => /^(?:-H=?|--host=?)?tcp:\/\/(?:0\.0\.0\.0|\[::\])?:\d+$/.test(word)) &&
            (program === "dockerd" || dind.test(repositoryOf(container.image ?? ""))) &&
            !words.some((word) => /^--tlsverify(?:=true)?$/.test(word))
          );
        });
        return found === undefined
          ? []
          : [
              {
                field: found.field,
                key: `${name} dockerd`,
                says: `the Docker daemon in container ${name} is open to the network without TLS`,
              },
            ];
      });
      return [...byVariable, ...byCommand];
    }),
  fix: () => ({
    kind: "by-hand",
    why: "both ends must agree on TLS, or on another way to build",
    how: "build with a rootless builder (BuildKit, Buildah) instead, or let the daemon make its certificates (leave DOCKER_TLS_CERTDIR at /certs), share them by an emptyDir and speak to port 2376",
  }),
});
