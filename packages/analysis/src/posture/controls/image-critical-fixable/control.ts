import {
  findingParts,
  findingWords,
  once,
  refusedBy,
  refusedImages,
  refusing,
  trustedVexAuthors,
} from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

const refused = refusedBy({
  name: "image-critical-fixable",
  rules: (view) =>
    refusing({
      vulnerabilities: {
        highest: "High",
        unfixed: "Allow",
        exploited: "Allow",
        deadlines: { Critical: "14d" },
        vexAuthors: view.derive(trustedVexAuthors),
      },
    }),
  // Others answer for those that are used, or are attacks themselves.
  parts: ({ findings }) =>
    findingParts(findings.filter(({ malicious, exploited }) => malicious !== true && exploited !== true)),
  advisories: true,
  clock: true,
});

export const imageCriticalFixable = workloadControl({
  id: "image-critical-fixable",
  title: "Critical flaws are gone two weeks after their fix",
  area: "images",
  attack:
    "A critical flaw with a fix is described in public, and what the fix changed shows how to use it. Attackers build tools from that within days. An image that still has it after two weeks is broken into by whoever looks for it, once it can be reached.",
  severity: "high",
  severityBecause: "the way in is public and the repair is there, but whether it is reached is another matter",
  frameworks: {
    nsa: ["supply-chain", "upgrading"],
    attack: ["T1190"],
    owasp: ["K07:2025"],
    nist: ["4.1.1"],
    pci: ["6.3.3"],
  },
  check: (workload, view) =>
    once(
      refusedImages(view, workload, refused).flatMap(({ name, field, refused: findings }) => {
        const [worst] = findings.toSorted((a, b) => Number(b.inUse ?? false) - Number(a.inUse ?? false));
        if (worst === undefined) return [];
        const since = worst.fixedAt === undefined ? "" : ` since ${new Date(worst.fixedAt).toISOString().slice(0, 10)}`;
        const more = findings.length === 1 ? "" : ` and ${findings.length - 1} more`;
        return [{ field, key: name, says: `the image of ${name} has ${findingWords(worst)}${since}${more}` }];
      }),
    ),
  fix: () => ({
    kind: "by-hand",
    why: "what is wrong lies in the image, which has to be made anew or exchanged for another",
    how: "update the image to a version that has the fix, or let bulkhead image patch make one with the fixed packages; bulkhead image scan IMAGE shows all of it",
  }),
});
