import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";

export const imageAdvisoriesStale = objectControl(kinds.imageReport, {
  id: "image-advisories-stale",
  title: "Images that run are held against advisories of today",
  area: "images",
  attack:
    "A scan finds what the advisories know. When their source is frozen, missing or old, new flaws do not appear, and a report without findings looks like good news. The time in which nobody looks is the time in which a new flaw is used most.",
  severity: "medium",
  severityBecause: "it hides new flaws but makes none",
  frameworks: {
    nsa: ["supply-chain", "upgrading"],
    owasp: ["K07:2025"],
    nist: ["4.1.1"],
    pci: ["6.3.1", "11.3.1"],
  },
  check: ({ report }) => {
    if (report.images.length === 0 || report.scannedAt === undefined) return "not-applicable";
    if (report.sources.length === 0)
      return [{ field: "report.sources", says: `${report.images[0] ?? report.digest} was held against no advisories` }];
    return report.sources.flatMap(({ name, stale }, index) =>
      stale === undefined
        ? []
        : [
            {
              field: `report.sources[${index}].stale`,
              key: name,
              says: `the advisories of ${name} cannot be believed whole: ${stale}`,
            },
          ],
    );
  },
  fix: () => ({
    kind: "by-hand",
    why: "advisories are fetched or imported by the node, not by a change of objects",
    how: "bulkhead advisories shows each source and why it is old; without a way out import a copy that was fetched elsewhere",
  }),
});
