import { startedBy } from "../../../deciders/command-line.ts";
import { workloadControl } from "../../control.ts";

/** How a shell is tied to a connection; a wait for a port to open looks alike and ties none. */
const ties = [
  /\b(?:ba|da|z|k|a)?sh\s+-i\b[\s\S]*(?:\/dev\/(?:tcp|udp)\/|\b(?:nc|ncat|netcat|openssl)\b)/,
  /(?:\/dev\/(?:tcp|udp)\/|\bmkfifo\b)[\s\S]*\b(?:ba|da|z|k|a)?sh\s+-i\b/,
  /\b(?:nc|ncat|netcat)\b[^;&|\n]*\s(?:-\w*[ec]|--exec|--sh-exec)[\s=]+\S*sh\b/,
  /\bsocat\b[^;&|\n]*\b(?:exec|system):["']?\S*sh\b/i,
  /\bsocket\b[\s\S]*\b(?:pty\.spawn|dup2)\b[\s\S]*\bsh\b/,
];

export const workloadReverseShell = workloadControl({
  id: "workload-reverse-shell",
  title: "No container hands a shell to somebody elsewhere",
  area: "workloads",
  attack:
    "Whoever may write a pod may have it run a shell that takes its orders over the network. Such a command is how intruders keep a door open once they are in the cluster, often as a job that comes back each night. They hold the pod's rights and network for as long as nobody reads the manifest.",
  severity: "critical",
  severityBecause: "it is hardly ever anything else than an intruder's door",
  frameworks: {
    nsa: ["threat-detection"],
    attack: ["T1610", "T1053.007"],
    owasp: ["K01:2025"],
    nist: ["4.4.5", "4.1.3"],
  },
  check: ({ containers }) =>
    containers.flatMap((placed) =>
      startedBy(placed).flatMap(({ entry, scripts }) => {
        const found = scripts.find(({ text }) => ties.some((tie) => tie.test(text)));
        return found === undefined
          ? []
          : [
              {
                field: found.field,
                key: `${placed.name} ${entry}`,
                says: `container ${placed.name} ties a shell to a network connection in its ${entry}`,
              },
            ];
      }),
    ),
  fix: (workload) => ({
    kind: "by-hand",
    why: "what it has done already must be looked at before it goes",
    how: `cut its network with a NetworkPolicy, see in the audit log who wrote ${workload.ref.name} and what its account did, change the Secrets that it could read, then delete it`,
  }),
});
