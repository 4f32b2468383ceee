import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const controllerCredentials = factControl(kinds.controlPlaneFacts, {
  id: "controller-credentials",
  title: "Each controller has an identity of its own",
  area: "control-plane",
  attack:
    "Controllers create, change and delete objects everywhere, each of a few kinds. With one shared identity each of them holds the rights of all, and the audit log cannot tell them apart. A flaw in one controller is then a flaw in all that they may do together.",
  severity: "medium",
  severityBecause: "it widens what a flaw in one controller reaches",
  frameworks: {
    cis: ["1.3.3"],
    nsa: ["authentication-authorization"],
    attack: ["T1078"],
    owasp: ["K02:2025"],
  },
  fact: "useServiceAccountCredentials",
  check: (value) => (value ? undefined : "all controllers share one identity"),
  passing: "true",
  how: "set --use-service-account-credentials=true for kube-controller-manager",
});
