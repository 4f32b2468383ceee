import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

export const secretLastApplied = objectControl(kinds.secret, {
  id: "secret-last-applied",
  title: "Secrets carry no second copy of their values",
  area: "secrets",
  attack:
    "kubectl apply writes the whole manifest into an annotation, values included, so the Secret holds them twice. Tools that hide the data of Secrets show annotations, and copies of metadata take them along. It also says that a file with the values in clear lies on somebody's disk, and perhaps in Git.",
  severity: "low",
  severityBecause: "reading the annotation needs the right to read the Secret, unless a tool copies metadata on",
  frameworks: { nsa: ["secrets"], attack: ["T1552.007"], owasp: ["K03:2025"], pci: ["8.6.2"] },
  check: ({ metadata }) =>
    metadata.annotations?.[annotation] === undefined
      ? []
      : [
          {
            field: `metadata.annotations["${annotation}"]`,
            says: "the annotation of kubectl apply holds the values a second time",
          },
        ],
  fix: (secret, breach) => ({
    kind: "edits",
    edits: [{ op: "remove", object: refOf(secret), field: breach.field }],
    mind: "the next kubectl apply writes it again: use kubectl create, kubectl apply --server-side, or a secrets operator",
  }),
});
