import { once, refusedBy, refusedImages, refusing } from "../../../deciders/image-content.ts";
import { workloadControl } from "../../control.ts";

const rules = refusing({ secrets: "Refuse" });
const refused = refusedBy({
  name: "image-secret-inside",
  rules: () => rules,
  parts: ({ secrets }) => secrets.map((secret) => ({ of: secret, part: { secrets: [secret] } })),
  advisories: false,
  clock: false,
});

export const imageSecretInside = workloadControl({
  id: "image-secret-inside",
  title: "No image has a secret in it",
  area: "images",
  attack:
    "An image is copied to every node and registry, and everyone who may pull it may read its files, those of earlier layers too. A key left in it is found by tools in seconds. It opens what it is for, and cannot be taken back out of the copies.",
  severity: "high",
  severityBecause: "everyone who may pull the image holds the key",
  frameworks: {
    nsa: ["secrets", "supply-chain"],
    attack: ["T1552.001"],
    owasp: ["K03:2025"],
    nist: ["4.1.4"],
    pci: ["8.6.2"],
  },
  check: (workload, view) =>
    once(
      refusedImages(view, workload, refused).flatMap(({ name, field, refused: secrets }) =>
        secrets.map(({ path, rule }) => ({
          field,
          key: `${name} ${path}`,
          says: `the image of ${name} holds a secret in ${path} (${rule})`,
        })),
      ),
    ),
  fix: () => ({
    kind: "by-hand",
    why: "what is wrong lies in the image, which has to be made anew or exchanged for another",
    how: "change the key first, since it has to count as known; then build the image without it (build secrets, a .dockerignore) and give it to the pod as a Secret",
  }),
});
