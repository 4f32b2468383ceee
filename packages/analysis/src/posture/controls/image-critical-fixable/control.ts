import type { ImageRuleSet } from "@bulkhead/policy";
import {
  findingWords,
  imagesIn,
  matchedScansOf,
  once,
  refusedParts,
  refusing,
  trustedVexAuthors,
} from "../../../deciders/image-content.ts";
import type { Derivation } from "../../../snapshot/view.ts";
import { workloadControl } from "../../control.ts";

const ruleSet: Derivation<ImageRuleSet> = {
  name: "image-critical-fixable-rules",
  compute: (view) =>
    refusing({
      vulnerabilities: {
        highest: "High",
        unfixed: "Allow",
        exploited: "Allow",
        deadlines: { Critical: "14d" },
        vexAuthors: view.derive(trustedVexAuthors),
      },
    }),
};

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
  check: (workload, view) => {
    const rules = view.derive(ruleSet);
    return once(
      imagesIn(workload).flatMap(({ text, name, field }) =>
        matchedScansOf(view, workload.namespace, text).flatMap(({ report, scan }) => {
          const parts = scan.findings
            // Others answer for these.
            .filter(({ malicious, exploited }) => malicious !== true && exploited !== true)
            .map((finding) => ({ findings: [finding] }));
          if (parts.length === 0) return [];
          const refused = refusedParts(rules, report.report.digest, view.now(), parts);
          const old = parts.flatMap(({ findings: [finding] }, index) =>
            refused[index] === true && finding !== undefined ? [finding] : [],
          );
          const [worst] = old.toSorted((a, b) => Number(b.inUse ?? false) - Number(a.inUse ?? false));
          if (worst === undefined) return [];
          const since =
            worst.fixedAt === undefined ? "" : ` since ${new Date(worst.fixedAt).toISOString().slice(0, 10)}`;
          const more = old.length === 1 ? "" : ` and ${old.length - 1} more`;
          return [{ field, key: name, says: `the image of ${name} has ${findingWords(worst)}${since}${more}` }];
        }),
      ),
    );
  },
  fix: () => ({
    kind: "by-hand",
    why: "what is wrong lies in the image, which has to be made anew or exchanged for another",
    how: "update the image to a version that has the fix, or let bulkhead image patch make one with the fixed packages; bulkhead image scan IMAGE shows all of it",
  }),
});
