import { isWeakSuite } from "../../../deciders/tls-suites.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiTlsCiphers = factControl(kinds.controlPlaneFacts, {
  id: "api-tls-ciphers",
  title: "The API server offers no weak ciphers",
  area: "control-plane",
  attack:
    "The cipher suites decide how well a recorded connection keeps its secrets. Suites with RC4 or 3DES have known attacks, and those without forward secrecy give all past traffic away once the key is stolen. Recorded traffic to the API server holds tokens and Secrets.",
  severity: "low",
  severityBecause: "clients of today choose strong suites unless someone interferes",
  frameworks: {
    cis: ["1.2.29"],
    pci: ["4.2.1"],
  },
  fact: "tlsCipherSuites",
  check: (suites) => suites.filter(isWeakSuite).map((suite) => ({ key: suite, says: `the suite ${suite} is offered` })),
  how: "edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): name only suites with ECDHE, best with GCM or CHACHA20, in --tls-cipher-suites, or set --tls-min-version=VersionTLS13",
});
