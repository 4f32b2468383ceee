import { kinds } from "../../../snapshot/kinds.ts";
import { needed } from "../../../snapshot/view.ts";
import { factControl } from "../../fact-control.ts";

export const auditLogSmall = factControl(kinds.auditFacts, {
  id: "audit-log-small",
  title: "The audit log has room for what happens",
  area: "audit",
  attack:
    "A log of a few small files is pushed out by its own noise. An attacker who makes many harmless requests drives the records of the others out of it within minutes. What was to be kept for months is then gone in an hour.",
  severity: "low",
  severityBecause: "it takes noise that others would notice",
  frameworks: {
    nsa: ["audit-logging"],
    cis: ["1.2.18", "1.2.19"],
    attack: ["T1070"],
    owasp: ["K10:2025"],
  },
  fact: "maxSizeMegabytes",
  check: (size, { object, facts }) => {
    if (facts.enabled?.value === false || facts.shippedElsewhere?.value === true) return "not-applicable";
    const files = needed(facts.maxBackups, object, "maxBackups").value;
    // 0: without a limit.
    return files === 0 || size === 0 || size * files >= 1000
      ? undefined
      : `${files} files of ${size} MB are all that is kept`;
  },
  how: "keep at least ten files of 100 MB (--audit-log-maxbackup=10, --audit-log-maxsize=100), or send records elsewhere",
});
