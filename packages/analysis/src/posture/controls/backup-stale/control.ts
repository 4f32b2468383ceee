import { kinds } from "../../../snapshot/kinds.ts";
import { factControl } from "../../fact-control.ts";

export const backupStale = factControl(kinds.backupFacts, {
  id: "backup-stale",
  title: "The newest backup is not older than two days",
  area: "backups",
  attack:
    "A backup is worth what it holds on the day of the loss. Jobs that make them stop unseen: a full disk, an expired credential, a renamed folder. After a loss everything since the last good one is gone, and attackers who know wait for that.",
  severity: "medium",
  severityBecause: "what is lost is what changed since",
  frameworks: {
    attack: ["T1490"],
  },
  fact: "lastSuccess",
  check: (last, { view }) => {
    if (last === "no backup") return "not-applicable";
    const days = Math.floor((view.now() - Date.parse(last)) / 86_400_000);
    return days > 2 ? `the last one that succeeded is ${days} days old` : undefined;
  },
  how: "look at the job that makes them and run it by hand once; have its failure told to someone",
});
