import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const backupMissing = factControl(kinds.backupFacts, {
  id: "backup-missing",
  title: "The state of the cluster is backed up",
  area: "backups",
  attack:
    "The state says what runs, who may do what and holds all Secrets. A broken disk, a wrong command or an attacker who deletes takes it away in seconds. Without a copy the cluster is put together again from memory.",
  severity: "high",
  severityBecause: "one loss is final",
  frameworks: {
    attack: ["T1485", "T1490"],
  },
  fact: "configured",
  check: (configured) => (configured ? undefined : "nothing backs it up"),
  passing: "true",
  how: "Kubernetes: etcdctl snapshot save by a timer, or the snapshots of your provider; Bulkhead: backup create, by a timer",
});
