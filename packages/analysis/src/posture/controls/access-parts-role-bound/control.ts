import { bindingControl, placeSays } from "../../../access/binding-control.ts";
import { isPartsRole } from "../../../access/default-rights.ts";
import { roleKey } from "../../../deciders/grants.ts";

export const accessPartsRoleBound = bindingControl({
  id: "access-parts-role-bound",
  title: "Roles of the cluster's own parts are bound to these alone",
  attack:
    "Roles named system: hold what controllers, nodes and the API server's clients need, all Secrets or all kubelets among it. Bound to something else they give it that, under a name that reads as if it belonged there. Attackers choose such roles for accounts that they leave behind.",
  severity: "high",
  severityBecause: "the rights are those of the control plane, and the name hides it",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1098.006", "T1078"],
  },
  says: ({ sort, role, where, subject }) => {
    if (sort !== "account" && sort !== "user" && sort !== "group") return undefined;
    if (!isPartsRole(roleKey(role)) || subject.name.startsWith("system:")) return undefined;
    // API servers are named by whoever set them up.
    if (sort === "user" && role.name === "system:kubelet-api-admin") return undefined;
    return `has ${role.name} ${placeSays(where)}, which is made for a part of the cluster itself`;
  },
});
