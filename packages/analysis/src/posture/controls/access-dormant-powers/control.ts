import type { ClusterRole, Role } from "@bulkhead/api";
import { aggregationTargets, isDefaultPower } from "../../../access/default-rights.ts";
import { holdersAreKnown, holdersOf, manySay } from "../../../access/holders.ts";
import { powerOf } from "../../../access/powers.ts";
import { rolePowers } from "../../../access/rule-powers.ts";
import { roleKey } from "../../../deciders/grants.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import type { Control } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const accessDormantPowers: Control = {
  id: "access-dormant-powers",
  title: "No role that leads further lies about unbound",
  area: "identities",
  attack:
    "A role that nobody holds gives nobody anything, but it waits to be bound. Whoever has the verb bind on it, or holds its rights and looks for a place to leave them, needs one small object. A review of who holds what does not show it until then.",
  severity: "low",
  severityBecause: "it needs someone who may bind it",
  frameworks: {
    nsa: ["authentication-authorization"],
    attack: ["T1098.006"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.4"],
  },
  kinds: [kinds.role, kinds.clusterRole],
  check: (object, view) => {
    const role = object as Role | ClusterRole;
    const ref = refOf(role);
    if ("aggregationRule" in role && role.aggregationRule != null) return "not-applicable";
    // Held by all who hold those roles.
    if (aggregationTargets(role.metadata.labels).length > 0) return [];
    const powers = [...rolePowers(role)].filter((id) => id !== "loose" && !isDefaultPower(roleKey(ref), id));
    if (powers.length === 0) return [];
    const holders = holdersOf(view, ref);
    if (holders.length > 0) return [];
    holdersAreKnown(view, ref);
    return [
      {
        field: "rules",
        says: `would let its holder ${manySay(powers.map((id) => powerOf(id).may))}; nobody holds it`,
      },
    ];
  },
  fix: (object) => ({
    kind: "edits",
    edits: [{ op: "delete", object: refOf(object) }],
    mind: "it may be there for people to bind by the hour: then accept it, with an end",
  }),
};
