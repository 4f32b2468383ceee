import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const etcdPeerTls = factControl(kinds.controlPlaneFacts, {
  id: "etcd-peer-tls",
  title: "Members of the store know each other by certificates",
  area: "control-plane",
  attack:
    "Members of etcd send each other every write. Without certificates between them any machine that reaches the peer port joins as a member or listens. It then holds a full copy of the state and may change it.",
  severity: "high",
  severityBecause: "it opens the whole state, to those in the network of the control plane",
  frameworks: {
    cis: ["2.4", "2.5"],
    nsa: ["control-plane"],
    owasp: ["K06:2025"],
  },
  fact: "etcdPeerTls",
  only: "kubernetes",
  check: (value) => (value ? undefined : "members of the store take each other without certificates"),
  passing: "true",
  how: "give etcd --peer-cert-file, --peer-key-file, --peer-trusted-ca-file and --peer-client-cert-auth=true",
});
