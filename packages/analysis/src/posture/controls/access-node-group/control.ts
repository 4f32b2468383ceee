import { bindingControl, placeSays } from "../../../access/binding-control.ts";
import { powerOf } from "../../../access/powers.ts";
import { rulePowers } from "../../../access/rule-powers.ts";

export const accessNodeGroup = bindingControl({
  id: "access-node-group",
  title: "Nodes get no rights beyond what the node authorizer gives them",
  attack:
    "The node authorizer lets each node see what its own pods need, and no other. A right that is bound to the group system:nodes is every node's, for all objects. Whoever takes one machine then reads the Secrets of all of them.",
  severity: "high",
  severityBecause: "one node's credentials become those of the cluster",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1", "4.3.5"],
    pci: ["7.2.2", "7.2.5"],
    attack: ["T1078"],
  },
  says: ({ sort, role, where, rules }) => {
    if (sort !== "nodes") return undefined;
    const power = rules()
      ?.flatMap((rule) => rulePowers(rule))
      .find((id) => id !== "loose");
    return power === undefined
      ? undefined
      : `has ${role.kind} ${role.name} ${placeSays(where)}, so that each node may ${powerOf(power).may}`;
  },
});
