import { imagesIn, matchedScansOf, once, refusedParts, refusing } from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

const rules = refusing({});

export const imageMaliciousPackage = workloadControl({
  id: "image-malicious-package",
  title: "No image holds a package that is an attack itself",
  area: "images",
  attack:
    "Packages with names like well known ones, or taken over from their authors, carry code that steals credentials or opens a door. They run at the build or at the first import, with the rights of the application. By the time the advisory names them, they have mostly done it.",
  severity: "critical",
  severityBecause: "the attacker is inside already",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1525", "T1204.003"],
    owasp: ["K07:2025"],
    nist: ["4.1.3"],
    pci: ["6.3.2"],
  },
  check: (workload, view) =>
    once(
      imagesIn(workload).flatMap(({ text, name, field }) =>
        matchedScansOf(view, workload.namespace, text).flatMap(({ report, scan }) => {
          const parts = scan.findings.map((finding) => ({ findings: [finding] }));
          const refused = refusedParts(rules, report.report.digest, 0, parts);
          return parts.flatMap(({ findings: [finding] }, index) =>
            refused[index] === true && finding !== undefined
              ? [
                  {
                    field,
                    key: `${name} ${finding.id} ${finding.package}`,
                    says: `the image of ${name} holds ${finding.package}, which is malicious (${finding.id})`,
                  },
                ]
              : [],
          );
        }),
      ),
    ),
  fix: () => ({
    kind: "by-hand",
    why: "what is wrong lies in the image, which has to be made anew or exchanged for another",
    how: "stop what runs it, treat every Secret that it was given as stolen and change them, look into the audit log and the flows of its pods, then build the image without the package and from a clean machine",
  }),
});
