import { aggregated, aggregationLabel, aggregationTargets, isDefaultPower } from "../../../access/default-rights.ts";
import { holdersAreKnown, holdersOf, manySay } from "../../../access/holders.ts";
import { powerOf } from "../../../access/powers.ts";
import { rolePowers } from "../../../access/rule-powers.ts";
import { roleKey } from "../../../deciders/grants.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const accessAggregatedPowers = objectControl(kinds.clusterRole, {
  id: "access-aggregated-powers",
  title: "Nothing that leads further is mixed into view, edit and admin",
  area: "identities",
  attack:
    "The roles view, edit and admin take over the rules of each ClusterRole that carries a label. One label on a new role, mostly an operator's, widens what everyone who was ever bound to them may do. Whoever was given view to look at pods then reads Secrets or changes nodes.",
  severity: "high",
  severityBecause: "it widens bindings that nobody looks at again",
  frameworks: {
    nsa: ["authentication-authorization"],
    attack: ["T1098.006"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.2"],
  },
  check: (role, view) => {
    const [target] = aggregationTargets(role.metadata.labels);
    if (target === undefined) return [];
    const ref = refOf(role);
    const added = [...rolePowers(role)].filter(
      (id) => id !== "loose" && !aggregated[target].includes(id) && !isDefaultPower(roleKey(ref), id),
    );
    // Who holds the role itself has a finding at its rule.
    if (added.length === 0 || holdersOf(view, ref).length > 0) return [];
    holdersAreKnown(view, ref);
    return [
      {
        field: `metadata.labels["${aggregationLabel(target)}"]`,
        key: target,
        says: `lets all who hold ${target} ${manySay(added.map((id) => powerOf(id).may))}`,
      },
    ];
  },
  fix: (role) => ({
    kind: "edits",
    edits: aggregationTargets(role.metadata.labels).map((target) => ({
      op: "remove",
      object: refOf(role),
      field: `metadata.labels["${aggregationLabel(target)}"]`,
    })),
    mind: "bind the role to those who need it; an operator that brings the label puts it back",
  }),
});
