import { bindingControl, placeSays } from "../../../access/binding-control.ts";
import { kinds } from "../../../snapshot/kinds.ts";

export const accessMissingAccount = bindingControl({
  id: "access-missing-account",
  title: "Bindings name service accounts that are there",
  attack:
    "A binding outlives the account that it names. Whoever makes a service account of that name, a right that looks harmless, has what is bound to it. Rights of a workload that was removed long ago come back under someone else.",
  severity: "medium",
  severityBecause: "it needs the right to make accounts in that namespace",
  frameworks: {
    nsa: ["authentication-authorization"],
    owasp: ["K02:2025"],
    nist: ["4.3.1"],
    pci: ["7.2.4", "7.2.5.1"],
    attack: ["T1098"],
  },
  says: ({ sort, role, where, subject }, view) => {
    if (sort !== "account" || view.get(kinds.serviceAccount, subject.namespace ?? "", subject.name) !== undefined)
      return undefined;
    // What is in a namespace that nobody could look at is not missing.
    view.get(kinds.namespace, "", subject.namespace ?? "");
    return `is not there; whoever makes it gets ${role.kind} ${role.name} ${placeSays(where)}`;
  },
});
