import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const registryDeletes = factControl(kinds.registryFacts, {
  id: "registry-deletes",
  title: "What was pushed cannot be deleted by those who push",
  area: "registry",
  attack:
    "Images in the registry are what a cluster comes back from after a loss. Where deletes are on, a stolen push credential removes them all. Pods that restart elsewhere then find nothing to run, and no older version is left to go back to.",
  severity: "low",
  severityBecause: "nodes keep what they run, so it hurts at the next start",
  frameworks: {
    attack: ["T1485"],
    nist: ["4.2.3"],
  },
  fact: "deletesAllowed",
  check: (allowed, { facts }) =>
    allowed && facts.tokenAuthentication?.value !== true ? "manifests may be deleted by whoever may push" : undefined,
  passing: "false",
  how: "set storage.delete.enabled: false, and clean up by a job with rights of its own; or ask for tokens that tell deletes from pushes",
});
