import { imagesIn } from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

export const imagePullPolicy = workloadControl({
  id: "image-pull-policy",
  title: "A tag that moves is asked for at every start",
  area: "images",
  attack:
    "Where a tag may mean another image tomorrow, the node has to ask the registry at each start which one it means. With Never, or IfNotPresent for latest, it takes whatever lies on its disk. An image that was withdrawn for a flaw goes on running there, and a pod gets a private image that another pod pulled without showing that it may.",
  severity: "low",
  severityBecause: "it keeps old images alive and shares private ones among pods of a node",
  frameworks: {
    nsa: ["supply-chain"],
    cis: ["1.2.11"],
    owasp: ["K07:2025"],
    nist: ["4.2.2"],
  },
  check: (workload) => {
    const named = new Map(imagesIn(workload).map((image) => [image.field, image.reference]));
    return workload.containers.flatMap(({ container, name, field }) => {
      const reference = named.get(`${field}.image`);
      const policy = container.imagePullPolicy;
      // The digest decides what is run, wherever it comes from.
      if (reference === undefined || reference.digest !== undefined) return [];
      // What the API itself fills in for a tag with a version is no fault of its own: naming the digest is the answer.
      const lax = policy === "Never" || (policy === "IfNotPresent" && reference.tag === "latest");
      return lax
        ? [
            {
              field: `${field}.imagePullPolicy`,
              key: name,
              passing: "Always",
              says: `container ${name} takes whatever the node has under ${reference.tag ?? "its tag"} (${policy})`,
            },
          ]
        : [];
    });
  },
  fix: (workload, breach) => ({
    kind: "edits",
    edits: [{ op: "set", object: workload.ref, field: breach.field, value: "Always" }],
    mind: "each start then asks the registry, which has to be there; images that were only loaded into the node are not found",
  }),
});
