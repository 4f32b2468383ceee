import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { fieldSteps } from "../../fix/edit.ts";
import { refOf } from "../../workload.ts";

/** Annotations whose text the common controllers put into their own configuration as it stands. */
const raw =
  /^(nginx\.ingress\.kubernetes\.io|nginx\.org|haproxy\.org|haproxy-ingress\.github\.io)\/.*(snippets?|config-backend|config-frontend|config-global)$/;

export const networkIngressSnippet = objectControl(kinds.ingress, {
  id: "network-ingress-snippet",
  title: "Ingresses carry no raw configuration of their controller",
  area: "network",
  attack:
    "A snippet annotation puts its text into the configuration of the ingress controller, which every namespace shares. Whoever may write an Ingress makes the controller read its own files and hand them out, the token of its service account among them (CVE-2021-25742). That account commonly reads the Secrets of the whole cluster.",
  severity: "high",
  severityBecause: "the right to write an Ingress in one namespace becomes the controller's rights over all of them",
  frameworks: {
    nsa: ["authentication-authorization"],
    attack: ["T1190", "T1528"],
    owasp: ["K07:2025"],
    pci: ["6.3.3"],
  },
  check: ({ metadata }) =>
    Object.keys(metadata.annotations ?? {})
      .filter((name) => raw.test(name))
      .map((name) => ({
        field: `metadata.annotations["${name}"]`,
        key: name,
        says: `the annotation ${name} is put into the controller's configuration as it stands`,
      })),
  fix: (ingress, breach) => ({
    kind: "edits",
    edits: [{ op: "remove", object: refOf(ingress), field: breach.field }],
    mind: `what ${String(fieldSteps(breach.field).at(-1))} configured stops; most of it has an annotation of its own`,
  }),
});
