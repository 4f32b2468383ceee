import { imagesIn, pinned } from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

export const imageNotPinned = workloadControl({
  id: "image-not-pinned",
  title: "Images are named by their digest",
  area: "images",
  attack:
    "A tag is a label that whoever may push can move to another image. A stolen push credential moves it, and the next pod that starts runs the program of the attacker under the old name. Two nodes may run different programs for the same manifest, and going back brings back nothing.",
  severity: "low",
  severityBecause: "it takes rights at the registry, and a version tag is seldom moved",
  frameworks: {
    nsa: ["supply-chain"],
    attack: ["T1525", "T1204.003"],
    owasp: ["K07:2025"],
    nist: ["4.2.2", "4.1.5"],
  },
  check: (workload) =>
    imagesIn(workload).flatMap(({ reference, text, name, field }) =>
      reference !== undefined && reference.digest === undefined && reference.tag !== "latest"
        ? [{ field, key: name, says: `the image ${text} is named by a tag, which may mean another program tomorrow` }]
        : [],
    ),
  fix: (workload, breach, view) => pinned(workload, breach.field, view),
});
