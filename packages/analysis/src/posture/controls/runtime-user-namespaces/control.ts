import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const runtimeUserNamespaces = factControl(kinds.nodeFacts, {
  id: "runtime-user-namespaces",
  title: "Pods can have users of their own",
  area: "runtime",
  attack:
    "In a user namespace root of a pod is an ordinary number outside. Where the node cannot make them, root of a container is root of the machine once anything lets it out. Several known escapes did nothing at all to pods that had one.",
  severity: "medium",
  severityBecause: "it is the wall that stands when others fall",
  frameworks: {
    nsa: ["pod-security"],
    attack: ["T1611"],
    nist: ["4.4.3", "4.5.2"],
  },
  fact: "userNamespaces",
  check: (available) => (available ? undefined : "user namespaces cannot be made, so hostUsers: false cannot be had"),
  passing: "true",
  how: "sysctl -w user.max_user_namespaces=15000 (in /etc/sysctl.d to last), on Linux 5.19 or later; ordinary users can be kept from them by kernel.unprivileged_userns_clone=0",
});
