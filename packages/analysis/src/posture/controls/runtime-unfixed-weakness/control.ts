import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const runtimeUnfixedWeakness = factControl(kinds.nodeFacts, {
  id: "runtime-unfixed-weakness",
  title: "The container runtime keeps what it promises of pods",
  area: "runtime",
  attack:
    "What a pod may not be, for instance root, is enforced by the runtime. Known flaws in its version let an image run as root though its pod forbids it, or let users of the machine into the folders of containers. A pod that passed every check at the door is then not what was checked.",
  severity: "high",
  severityBecause: "limits that were checked do not hold",
  frameworks: {
    nsa: ["upgrading"],
    attack: ["T1068"],
    owasp: ["K07:2025"],
    nist: ["4.4.1"],
    pci: ["6.3.3"],
  },
  fact: "unfixedWeaknesses",
  check: (flaws) => flaws.map((flaw) => ({ key: /^CVE-[0-9-]+ in \S+/.exec(flaw)?.[0] ?? flaw, says: flaw })),
  passing: "[]",
  how: "Bulkhead: bulkhead current apply, or remove the parts folder of the instance and run bulkhead up again; elsewhere update runc and containerd",
});
