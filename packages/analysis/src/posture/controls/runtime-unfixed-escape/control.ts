import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const runtimeUnfixedEscape = factControl(kinds.nodeFacts, {
  id: "runtime-unfixed-escape",
  title: "The container runtime has no known way out of a container",
  area: "runtime",
  attack:
    "runc and containerd build the walls around containers as root of the node. With a known escape in their version an image or a process inside makes files on the machine or runs programs there. Descriptions and working code are public, so any container that is broken into is the node.",
  severity: "critical",
  severityBecause: "a known flaw turns any compromised container or hostile image into the node",
  frameworks: {
    nsa: ["upgrading"],
    attack: ["T1611", "T1068"],
    owasp: ["K07:2025"],
    nist: ["4.4.1"],
    pci: ["6.3.3"],
  },
  fact: "unfixedEscapes",
  check: (escapes) =>
    escapes.map((escape) => ({ key: /^CVE-[0-9-]+ in \S+/.exec(escape)?.[0] ?? escape, says: escape })),
  passing: "[]",
  how: "Bulkhead: bulkhead current apply, or remove the parts folder of the instance and run bulkhead up again; elsewhere update runc and containerd and restart the pods of the node. Until then run only images that you trust",
});
