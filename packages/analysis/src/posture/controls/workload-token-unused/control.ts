import { accountBound, mountsToken } from "../../../deciders/service-account-token.ts";
import { edited, setting } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";
import { serviceAccountOf } from "../../workload.ts";

export const workloadTokenUnused = workloadControl({
  id: "workload-token-unused",
  title: "Pods hold no token of an account that has no rights",
  area: "workloads",
  attack:
    "A mounted token lets a process speak to the API server as the pod's account. Where no binding names the account the program cannot be using it, but an attacker who reads the file is an authenticated user of the cluster. They learn what it runs, reach what is open to all accounts, and hold whatever right the account is given one day.",
  severity: "low",
  severityBecause: "the token opens only what every account may do, until somebody binds the account",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["5.1.6"],
    attack: ["T1528", "T1613"],
    owasp: ["K09:2025"],
    pci: ["7.2.5"],
  },
  check: (workload, view) => {
    const account = serviceAccountOf(workload);
    if (!mountsToken(view, workload) || accountBound(view, workload.namespace, account)) return [];
    return [
      {
        field: `${workload.prefix}spec.automountServiceAccountToken`,
        says: `a token of account ${account} is mounted, though no binding gives that account a right`,
        passing: "false",
      },
    ];
  },
  fix: (workload, breach) =>
    edited([setting(workload, breach.field, false)], {
      mind: "a program that shows its token to something else than the API server (a vault, a cloud) wants a projected token of its own audience instead",
    }),
});
