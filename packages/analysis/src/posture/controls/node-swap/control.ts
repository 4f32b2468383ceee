import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const nodeSwap = factControl(kinds.nodeFacts, {
  id: "node-swap",
  title: "Secrets are not written to disk by way of swap",
  area: "node",
  attack:
    "Secrets that pods mount lie in memory, so that they end with the pod. When memory runs short the kernel writes pages to swap, and unencrypted swap keeps them on the disk long after. Whoever gets the disk, an image of it or raw access to it reads passwords there.",
  severity: "medium",
  severityBecause: "it takes access to the disk, and luck with what lies there",
  frameworks: {
    nsa: ["secrets"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    pci: ["3.5.1"],
  },
  fact: "swapEncrypted",
  check: (encrypted, { object, facts }) =>
    encrypted !== false || needed(facts.secretsOutOfSwap, object, "secretsOutOfSwap").value
      ? undefined
      : "swap is on and not encrypted, and Secrets of pods may be written to it",
  how: "swapoff -a and take swap out of /etc/fstab, or encrypt it with a key of each boot (/etc/crypttab: swap with /dev/urandom); Linux 6.4 and later keep Secrets out of swap by themselves where the kubelet asks for it",
});
