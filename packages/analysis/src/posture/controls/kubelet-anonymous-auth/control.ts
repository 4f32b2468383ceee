import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const kubeletAnonymousAuth = factControl(kinds.nodeFacts, {
  id: "kubelet-anonymous-auth",
  title: "The kubelet answers nobody without a name",
  area: "node",
  attack:
    "The kubelet runs commands in every pod of its node and reads their logs. With anonymous access on, whoever reaches port 10250 is at least someone to it, and with AlwaysAllow may do all of that. From any pod in the network an attacker then goes into all others of the node.",
  severity: "critical",
  severityBecause: "it is one setting away from a shell in every pod of the node",
  frameworks: {
    cis: ["4.2.1"],
    nsa: ["authentication-authorization"],
    attack: ["T1133", "T1609"],
    owasp: ["K06:2025", "K09:2025"],
    nist: ["4.3.2"],
  },
  fact: "kubelet",
  check: (kubelet, { object }) => {
    const value = needed(kubelet.anonymousAuth, object, "kubelet.anonymousAuth");
    return !value ? undefined : [{ at: ".anonymousAuth", says: `the kubelet takes requests without credentials` }];
  },
  passing: "false",
  how: "set authentication.anonymous.enabled: false in the KubeletConfiguration of the node (/var/lib/kubelet/config.yaml), then restart the kubelet",
});
