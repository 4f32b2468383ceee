import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletCertificateRotation = factControl(kinds.nodeFacts, {
  id: "kubelet-certificate-rotation",
  title: "The kubelet renews its certificate",
  area: "node",
  attack:
    "The certificate of a kubelet is the identity of its node. Where it is not renewed by itself, people give it many years so that nodes do not drop out. One that was copied from a disk or a backup is then that node for all those years.",
  severity: "medium",
  severityBecause: "it prolongs the use of a stolen identity",
  frameworks: {
    cis: ["4.2.10"],
    nsa: ["authentication-authorization"],
    attack: ["T1078"],
    owasp: ["K09:2025"],
  },
  fact: "kubelet",
  check: (kubelet, { object }) => {
    const value = needed(kubelet.rotateCertificates, object, "kubelet.rotateCertificates");
    return value ? undefined : [{ at: ".rotateCertificates", says: `the kubelet does not renew its certificate` }];
  },
  passing: "true",
  how: "set rotateCertificates: true in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet",
});
