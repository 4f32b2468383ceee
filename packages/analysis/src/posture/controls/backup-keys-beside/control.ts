import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const backupKeysBeside = factControl(kinds.backupFacts, {
  id: "backup-keys-beside",
  title: "Keys are kept apart from the backups that they open",
  area: "backups",
  attack:
    "Encryption helps against who finds only the backup. With the key in the same folder or bucket he finds both. The backup then is as good as open, while everyone believes it closed.",
  severity: "high",
  severityBecause: "it undoes the encryption of all backups at once",
  frameworks: {
    nsa: ["secrets"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    pci: ["3.6.1"],
  },
  fact: "keysBackedUpApart",
  check: (apart, { facts }) =>
    apart === "no backup" || facts.encrypted?.value === false
      ? "not-applicable"
      : apart
        ? undefined
        : "the keys lie beside the backups that they open",
  passing: "true",
  how: "keep the keys in another place with other people: a safe, a hardware key, a KMS of another account; then change them, since the old ones lay open (Bulkhead: backup create --keys-to)",
});
