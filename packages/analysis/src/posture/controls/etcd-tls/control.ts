import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const etcdTls = factControl(kinds.controlPlaneFacts, {
  id: "etcd-tls",
  title: "The store is reached over TLS with certificates on both sides",
  area: "control-plane",
  attack:
    "The store holds every object, Secrets included, and asks for no rights: who may connect may read and write all. Without TLS and client certificates any process that reaches its port takes the whole state or plants a role in it. No authorizer and no audit log sees that.",
  severity: "critical",
  severityBecause: "a connection to the store is the cluster",
  frameworks: {
    nsa: ["control-plane", "secrets"],
    cis: ["2.1", "2.2", "1.2.23", "1.2.26"],
    attack: ["T1133"],
    owasp: ["K06:2025"],
    nist: ["4.3.2"],
    pci: ["4.2.1"],
  },
  fact: "etcdTls",
  only: "kubernetes",
  check: (value) => (value ? undefined : "who reaches the store needs no certificate, or can listen in"),
  passing: "true",
  how: "give etcd --cert-file, --key-file, --trusted-ca-file and --client-cert-auth=true, and the API server --etcd-cafile, --etcd-certfile and --etcd-keyfile; kubeadm init phase etcd local makes all of them",
});
