import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const apiEncryptionKeyAge = factControl(kinds.controlPlaneFacts, {
  id: "api-encryption-key-age",
  title: "The key that Secrets are encrypted with is changed every year",
  area: "control-plane",
  attack:
    "The key at rest protects every Secret that was ever written under it. The longer it stays, the more backups and former administrators hold it. Whoever has an old copy of the key and any later copy of the store reads all Secrets in between.",
  severity: "low",
  severityBecause: "it matters only to who holds both an old key and a copy of the store",
  frameworks: {
    nsa: ["secrets"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    pci: ["3.7.4"],
  },
  fact: "encryptionAtRest",
  check: ({ secrets, provider, keyAgeDays }, { object }) => {
    if (!secrets || provider === "identity") return "not-applicable";
    const age = needed(keyAgeDays, object, "encryptionAtRest.keyAgeDays");
    return age > 365 ? [{ at: ".keyAgeDays", says: `the key is ${age} days old` }] : undefined;
  },
  how: "add a new key in front in the EncryptionConfiguration, restart the API servers, write all Secrets anew, then take the old key out",
});
