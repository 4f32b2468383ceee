import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const backupUnencrypted = factControl(kinds.backupFacts, {
  id: "backup-unencrypted",
  title: "Backups are encrypted",
  area: "backups",
  attack:
    "A backup of the state holds every Secret and every key that stands in an object. It lies where fewer people look: on a share, in a bucket, on a laptop. Whoever finds it there has all credentials of the cluster without touching it.",
  severity: "high",
  severityBecause: "one forgotten copy gives every credential of the cluster",
  frameworks: {
    nsa: ["secrets"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    pci: ["3.5.1"],
  },
  fact: "encrypted",
  check: (encrypted) =>
    encrypted === "no backup" ? "not-applicable" : encrypted ? undefined : "they hold the state as it is",
  passing: "true",
  how: "encrypt it (age, gpg, a KMS) before it leaves the machine, and have Secrets encrypted at rest as well, so that it holds them sealed",
});
