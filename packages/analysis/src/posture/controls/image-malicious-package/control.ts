import { findingParts, once, refusedBy, refusedImages, refusing } from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

const rules = refusing({});
const refused = refusedBy({
  name: "image-malicious-package",
  rules: () => rules,
  parts: ({ findings }) => findingParts(findings),
  advisories: true,
  clock: false,
});

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
  },
  check: (workload, view) =>
    once(
      refusedImages(view, workload, refused).flatMap(({ name, field, refused: findings }) =>
        findings.map((finding) => ({
          field,
          key: `${name} ${finding.id} ${finding.package}`,
          says: `the image of ${name} holds ${finding.package}, which is malicious (${finding.id})`,
        })),
      ),
    ),
  fix: () => ({
    kind: "by-hand",
    why: "what is wrong lies in the image, which has to be made anew or exchanged for another",
    how: "stop what runs it, treat every Secret that it was given as stolen and change them, look into the audit log and the flows of its pods, then build the image without the package and from a clean machine",
  }),
});
