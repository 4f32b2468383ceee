import { usersOfAccount } from "../../../access/holders.ts";
import { accountPowers } from "../../../access/reach-of-account.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const accountShared = objectControl(kinds.serviceAccount, {
  id: "account-shared",
  title: "An account with grave rights is used by one workload alone",
  area: "identities",
  attack:
    "Each workload that runs under an account has its token. Where several share one, the weakest of them decides how safe the rights of the strongest are. An attacker takes the one with the known flaw, and the trail does not tell which of them it was.",
  severity: "medium",
  severityBecause: "it adds ways to rights that have a finding of their own",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["5.1.5"],
    attack: ["T1528"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.5"],
  },
  check: ({ metadata: { namespace = "", name = "" } }, view) => {
    // Of the account default the binding itself is the fault.
    if (name === "default") return [];
    const users = usersOfAccount(view, namespace, name);
    if (users.length < 2) return [];
    const [power] = accountPowers(view, { namespace, name });
    if (power === undefined || (power.severity !== "critical" && power.severity !== "high")) return [];
    return [
      {
        field: "metadata.name",
        says: `may ${power.power}, and is shared by ${users.map((ref) => `${ref.kind} ${ref.name}`).join(", ")}`,
        through: [...users, ...power.through],
      },
    ];
  },
  fix: ({ metadata: { name = "" } }) => ({
    kind: "by-hand",
    why: "no object says which of its workloads needs which of its rights",
    how: `make an account for each workload, bind to each what the audit log shows for it, and leave ${name} to the one that needs the most`,
  }),
});
