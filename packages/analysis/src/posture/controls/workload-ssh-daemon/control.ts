import { startedBy } from "../../../deciders/command-line.ts";
import { workloadControl } from "../../control.ts";

const daemons = new Set([
  "sshd",
  "dropbear",
  "telnetd",
  "in.telnetd",
  "rlogind",
  "vncserver",
  "x11vnc",
  "Xvnc",
  "ttyd",
  "gotty",
  "wetty",
]);

/** Words that only look at the daemon's configuration or version. */
const looks = new Set(["-t", "-T", "-V", "--version", "--help"]);

export const workloadSshDaemon = workloadControl({
  id: "workload-ssh-daemon",
  title: "No container runs a daemon to log in by",
  area: "workloads",
  attack:
    "kubectl exec lets people into containers under the cluster's own accounts, rights and audit log. A daemon such as sshd, telnetd or ttyd in the container is a second door with its own passwords and keys. An attacker who guesses or finds one is in, and no audit log tells who it was.",
  severity: "high",
  severityBecause:
    "it is a shell for whoever reaches the port and has its key, past the cluster's accounts and audit log",
  frameworks: {
    nsa: ["pod-security", "authentication-authorization"],
    attack: ["T1133"],
    owasp: ["K01:2025", "K06:2025"],
    nist: ["4.1.2"],
    pci: ["2.2.4"],
  },
  check: ({ containers }) =>
    containers.flatMap((placed) =>
      startedBy(placed).flatMap(({ entry, programs }) => {
        const found = programs.find(
          ({ program, args }) => daemons.has(program) && !args.some((word) => looks.has(word)),
        );
        return found === undefined
          ? []
          : [
              {
                field: found.field,
                key: `${placed.name} ${entry}`,
                says: `container ${placed.name} starts ${found.program}, by which people log in past the cluster's accounts`,
              },
            ];
      }),
    ),
  fix: (workload) => ({
    kind: "by-hand",
    why: "who uses the door, and for what, is not declared",
    how: `take the daemon out of ${workload.ref.name} and give those people the right to pods/exec or port-forward instead; where the daemon is the product (a git or SFTP server), run it as its own user with keys only, and accept it by an Exception`,
  }),
});
