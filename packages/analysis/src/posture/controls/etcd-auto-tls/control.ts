import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const etcdAutoTls = factControl(kinds.controlPlaneFacts, {
  id: "etcd-auto-tls",
  title: "The store does not make up its own certificates",
  area: "control-plane",
  attack:
    "A certificate proves something only when someone known vouches for it. With --auto-tls etcd makes its own at every start, and clients have nothing to check it by. Who stands between the API server and the store then reads and changes everything unseen.",
  severity: "medium",
  severityBecause: "it takes a place between the API server and the store",
  frameworks: {
    cis: ["2.3", "2.6"],
  },
  fact: "etcdAutoTls",
  only: "kubernetes",
  check: (value) => (value ? "etcd makes its own certificates, which nobody can check" : undefined),
  passing: "false",
  how: "remove --auto-tls and --peer-auto-tls, and give etcd certificates of an authority of its own",
});
