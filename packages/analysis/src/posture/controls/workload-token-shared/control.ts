import { accountPowers } from "../../../access/reach-of-account.ts";
import { mountsToken } from "../../../deciders/service-account-token.ts";
import { listed } from "../../../deciders/workload-edits.ts";
import { workloadControl } from "../../control.ts";
import { serviceAccountOf } from "../../workload.ts";

export const workloadTokenShared = workloadControl({
  id: "workload-token-shared",
  title: "The token of a powerful account is not given to every container of a pod",
  area: "workloads",
  attack:
    "Admission mounts the account's token into all containers of a pod, init containers and sidecars too. Where the account may do much, the weakest of these programs is as good a way in as the one that needs the rights. An attacker in a log shipper or proxy reads the file and acts with all of the account's rights.",
  severity: "medium",
  severityBecause: "it adds the flaws of every other container to those of the one that needs the rights",
  frameworks: {
    nsa: ["authentication-authorization"],
    cis: ["5.1.6"],
    attack: ["T1528", "T1550.001"],
    owasp: ["K02:2025"],
    pci: ["7.2.5"],
  },
  check: (workload, view) => {
    const holders = workload.containers.filter(({ role }) => role !== "ephemeral");
    if (holders.length < 2 || !mountsToken(view, workload)) return [];
    const account = serviceAccountOf(workload);
    const worst = accountPowers(view, { namespace: workload.namespace, name: account }).find(
      ({ severity }) => severity === "critical" || severity === "high",
    );
    if (worst === undefined) return [];
    return [
      {
        field: `${workload.prefix}spec.automountServiceAccountToken`,
        says: `containers ${listed(holders.map(({ name }) => name))} all hold the token of account ${account}, which may ${worst.power}`,
        passing: "false",
        through: worst.through,
      },
    ];
  },
  fix: (workload) => ({
    kind: "by-hand",
    why: "which of the containers speaks to the API server is not declared",
    how: `set automountServiceAccountToken: false in ${workload.ref.name}, add a projected volume with a serviceAccountToken, the ConfigMap kube-root-ca.crt and the namespace, and mount it at /var/run/secrets/kubernetes.io/serviceaccount in that one container`,
  }),
});
