import { once, refusedBy, refusedImages, refusing } from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

const rules = refusing({ endOfLife: "Refuse" });
const refused = refusedBy({
  name: "image-end-of-life",
  rules: () => rules,
  parts: ({ endOfLife }) => endOfLife.map((base) => ({ of: base, part: { endOfLife: [base] } })),
  advisories: false,
  clock: false,
});

export const imageEndOfLife = workloadControl({
  id: "image-end-of-life",
  title: "No image is built on what nobody mends any more",
  area: "images",
  attack:
    "Distributions and runtimes get security fixes until a known day. After it flaws go on being found, but no fix comes and scanners fall silent, since nobody writes advisories. The image looks better from day to day while it becomes easier to break into.",
  severity: "high",
  severityBecause: "its flaws stay for ever and are not even listed",
  frameworks: {
    nsa: ["supply-chain", "upgrading"],
    attack: ["T1190"],
    owasp: ["K07:2025"],
    nist: ["4.1.1"],
    pci: ["12.3.4", "6.3.3"],
  },
  check: (workload, view) =>
    once(
      refusedImages(view, workload, refused).flatMap(({ name, field, refused: bases }) =>
        bases.map(({ name: base, since }) => ({
          field,
          key: `${name} ${base}`,
          says: `the image of ${name} is built on ${base}, without fixes since ${since}`,
        })),
      ),
    ),
  fix: () => ({
    kind: "by-hand",
    why: "what is wrong lies in the image, which has to be made anew or exchanged for another",
    how: "build the image on a release that is supported; bulkhead current shows until when each is",
  }),
});
