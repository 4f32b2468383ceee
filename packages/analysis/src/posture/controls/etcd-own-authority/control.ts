import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const etcdOwnAuthority = factControl(kinds.controlPlaneFacts, {
  id: "etcd-own-authority",
  title: "The store has an authority of its own",
  area: "control-plane",
  attack:
    "etcd lets in whoever shows a certificate of the authority that it trusts, and asks for no name. Where that is the authority of the cluster, every kubelet, controller and person with a client certificate of it is such a one. They read all Secrets and write any object, past every role, admission and audit.",
  severity: "high",
  severityBecause: "any client certificate of the cluster becomes the whole cluster to whoever reaches the store",
  frameworks: {
    cis: ["2.7"],
    nsa: ["control-plane"],
    attack: ["T1552.007", "T1078"],
    owasp: ["K02:2025"],
  },
  fact: "etcdOwnAuthority",
  only: "kubernetes",
  check: (value) => (value ? undefined : "etcd trusts the authority that signs the cluster's client certificates"),
  passing: "true",
  how: "make an authority for etcd alone, sign its certificates and the API server's client certificate with it, and name it in --trusted-ca-file of etcd and --etcd-cafile of the API server",
});
