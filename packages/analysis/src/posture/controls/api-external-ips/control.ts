import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const apiExternalIps = factControl(kinds.controlPlaneFacts, {
  id: "api-external-ips",
  title: "Services may not claim any address they like",
  area: "control-plane",
  attack:
    "A Service with spec.externalIPs makes every node send traffic for those addresses to its own pods. Whoever may create a Service names the address of a name server or of a bank and receives what other pods send there (CVE-2020-8554, which has no fix in the code). The plugin DenyServiceExternalIPs refuses that field.",
  severity: "medium",
  severityBecause: "it takes the right to create Services, and then reads traffic of others",
  frameworks: {
    cis: ["1.2.3"],
    owasp: ["K05:2025"],
  },
  fact: "admissionPlugins",
  check: (plugins) =>
    plugins.includes("DenyServiceExternalIPs") ? undefined : "the admission plugin DenyServiceExternalIPs is not on",
  how: "Bulkhead: it is on unless the instance was made with --defaults=kubernetes; Kubernetes: edit the flags of the API server (with kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml, and ClusterConfiguration so that an upgrade keeps it): add DenyServiceExternalIPs to --enable-admission-plugins; kubectl get services -A shows first who uses the field",
});
