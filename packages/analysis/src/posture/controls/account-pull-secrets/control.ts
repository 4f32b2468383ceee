import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf, serviceAccountOf, workloadsIn } from "../../workload.ts";

export const accountPullSecrets = objectControl(kinds.serviceAccount, {
  id: "account-pull-secrets",
  title: "The account default carries no registry credentials",
  area: "identities",
  attack:
    "imagePullSecrets of the account default are added to every pod that names no account. Each of these may then run every image that the credentials open, also such as were never meant for it. A pod of an attacker's making pulls the private images of all teams, with what was left in them.",
  severity: "low",
  severityBecause: "it needs the right to make pods, which may mount the credentials anyway",
  frameworks: { nsa: ["authentication-authorization"], owasp: ["K03:2025"], nist: ["4.2.3"] },
  check: ({ metadata, imagePullSecrets = [] }) =>
    metadata.name !== "default" || imagePullSecrets.length === 0
      ? []
      : [
          {
            field: "imagePullSecrets",
            says: `gives the credentials ${imagePullSecrets.map(({ name }) => name ?? "").join(", ")} to every pod that names no account`,
          },
        ],
  fix: (account, _, view) => {
    const needing = workloadsIn(view, account.metadata.namespace ?? "").filter(
      (workload) => serviceAccountOf(workload) === "default" && (workload.spec.imagePullSecrets ?? []).length === 0,
    );
    return {
      kind: "edits",
      edits: [{ op: "remove", object: refOf(account), field: "imagePullSecrets" }],
      ...(needing.length === 0
        ? {}
        : {
            breaks: `${needing.map(({ ref }) => `${ref.kind} ${ref.name}`).join(", ")}: images from that registry can no longer be pulled for it`,
          }),
      mind: "name the credentials in the pods that need them, or at an account of their own",
    };
  },
});
