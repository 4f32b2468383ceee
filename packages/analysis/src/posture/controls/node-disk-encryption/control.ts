import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const nodeDiskEncryption = factControl(kinds.nodeFacts, {
  id: "node-disk-encryption",
  title: "The disk under the cluster state is encrypted",
  area: "node",
  attack:
    "The disk of a node holds images, logs, volumes and the state of the cluster. A disk that is sold, sent back or copied from a storage system is read on another machine, where no permission counts. What was deleted can be read there too.",
  severity: "low",
  severityBecause:
    "it takes the disk itself, and encryption by the disk or below a virtual machine is not seen from here",
  frameworks: {
    nsa: ["secrets"],
    nist: ["4.5.5"],
    pci: ["3.5.1"],
  },
  fact: "diskEncrypted",
  check: (encrypted) =>
    encrypted ? undefined : "no dm-crypt lies under it; what the disk or a hypervisor encrypts is not seen from here",
  passing: "true",
  how: "install the machine on LUKS, or confirm that the disk or the storage below encrypts, and say so in an Exception",
});
