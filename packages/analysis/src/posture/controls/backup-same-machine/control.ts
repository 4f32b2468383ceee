import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const backupSameMachine = factControl(kinds.backupFacts, {
  id: "backup-same-machine",
  title: "Backups lie on another machine",
  area: "backups",
  attack:
    "What destroys the state mostly destroys the machine: a disk, a fire, someone who encrypts files for ransom. Backups on the same disk go with it. Attackers look for backups first, and those within reach are deleted before anything else.",
  severity: "medium",
  severityBecause: "it helps against mistakes but not against loss or attack",
  frameworks: {
    attack: ["T1490", "T1485"],
  },
  fact: "elsewhere",
  check: (elsewhere) =>
    elsewhere === "no backup"
      ? "not-applicable"
      : elsewhere
        ? undefined
        : "they lie on the machine that they are backups of",
  passing: "true",
  how: "copy them to another machine or bucket that the node may add to but not delete from",
});
