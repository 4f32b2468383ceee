import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const backupUntested = factControl(kinds.backupFacts, {
  id: "backup-untested",
  title: "A backup was brought back within the last half year",
  area: "backups",
  attack:
    "A backup that nobody ever brought back is a hope. Keys that are missing, versions that changed and parts that were never included show only at the restore. On the day of an attack that is too late, and the state is gone with the backup beside it.",
  severity: "medium",
  severityBecause: "many backups fail at their first restore",
  frameworks: {
    attack: ["T1490"],
  },
  fact: "lastRestoreTest",
  check: (last, { view }) => {
    if (last === "no backup") return "not-applicable";
    if (last === "never") return "none was ever brought back, or opened to be looked through";
    const days = Math.floor((view.now() - Date.parse(last)) / 86_400_000);
    return days > 183 ? `the last restore was tried ${days} days ago` : undefined;
  },
  how: "bring the newest one back on another machine and look whether pods come up (Bulkhead: backup verify opens it and looks through all of it; backup restore --root brings it back)",
});
