import { notScanned } from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

export const imageNotScanned = workloadControl({
  id: "image-not-scanned",
  title: "Every image that runs was looked into",
  area: "images",
  attack:
    "What nobody looked into may hold anything: flaws, keys, a program that steals. Images that cannot be scanned, or whose scan failed, drop out of every list of what is to be mended. An attacker who wants to stay puts his image exactly there.",
  severity: "medium",
  severityBecause: "nothing bad is known of it, because nothing is known",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1525"],
    owasp: ["K07:2025"],
    nist: ["4.1.1"],
    pci: ["11.3.1"],
  },
  check: (workload, view) =>
    notScanned(view, workload).map(({ name, field, digest, failure }) => ({
      field,
      key: `${name} ${digest}`,
      says: `the image of ${name} was never scanned${failure === undefined ? "" : `: ${failure}`}`,
    })),
  fix: () => ({
    kind: "by-hand",
    why: "a scan is made by the node's scanner, not by a change of objects",
    how: "bulkhead image scan IMAGE says why it fails; an image that is damaged or of a strange form is to be built anew",
  }),
});
