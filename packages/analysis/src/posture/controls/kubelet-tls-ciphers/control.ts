import { isWeakSuite } from "../../../deciders/tls-suites.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletTlsCiphers = factControl(kinds.nodeFacts, {
  id: "kubelet-tls-ciphers",
  title: "The kubelet offers no weak ciphers",
  area: "node",
  attack:
    "What goes to a kubelet are commands for pods, their output and tokens. Suites with RC4 or 3DES have known attacks, and those without forward secrecy give all past traffic away once the key is stolen. Who recorded the network of the nodes reads it then.",
  severity: "low",
  severityBecause: "clients of today choose strong suites unless someone interferes",
  frameworks: {
    cis: ["4.2.12"],
    pci: ["4.2.1"],
  },
  fact: "kubelet",
  only: "kubernetes",
  check: (kubelet, { object }) =>
    needed(kubelet.tlsCipherSuites, object, "kubelet.tlsCipherSuites")
      .filter(isWeakSuite)
      .map((suite) => ({ at: ".tlsCipherSuites", key: suite, says: `the kubelet offers the suite ${suite}` })),
  how: "name only suites with ECDHE, best with GCM or CHACHA20, in tlsCipherSuites in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet",
});
