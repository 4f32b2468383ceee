import { imagesIn, pinned } from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

export const imageTagLatest = workloadControl({
  id: "image-tag-latest",
  title: "No image is named latest",
  area: "images",
  attack:
    "The tag latest, which a name without a tag means too, is whatever was pushed last. A push that was meant for a trial is in production at the next restart, and so is one of an attacker. Nobody can say which version runs, so nobody can say whether a known flaw touches it.",
  severity: "medium",
  severityBecause: "it changes by itself at every restart, and hides what runs",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1525", "T1204.003"],
    owasp: ["K07:2025"],
    nist: ["4.2.2"],
  },
  check: (workload) =>
    imagesIn(workload).flatMap(({ reference, text, name, field }) =>
      reference !== undefined && reference.digest === undefined && reference.tag === "latest"
        ? [{ field, key: name, says: `the image ${text} is whatever was pushed last` }]
        : [],
    ),
  fix: (workload, breach, view) => pinned(workload, breach.field, view),
});
