import { enforcedIn, namespacesOf } from "../../../deciders/image-policies.ts";
import { some } from "../../../deciders/webhooks.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

export const admissionImageContent = objectControl(kinds.imageTrustPolicy, {
  id: "admission-image-content",
  title: "Images with known exploited flaws do not start",
  area: "admission",
  attack:
    "A trusted registry and a good signature say where an image comes from, not what is in it. Images age, and flaws that are being exploited in the world become known after they were built. Where no policy asks, the next deployment starts such an image again, and ready-made attacks work against it.",
  severity: "medium",
  severityBecause: "the flaw must be reachable in the workload, and a scan still reports it",
  frameworks: {
    nsa: ["supply-chain", "upgrading"],
    attack: ["T1190"],
    owasp: ["K07:2025"],
    nist: ["4.1.1"],
    pci: ["6.3.3"],
  },
  check: (policy, view) => {
    if ((policy.spec?.mode ?? "Enforce") !== "Enforce" || policy.spec?.vulnerabilities !== undefined) return [];
    const open = namespacesOf(view, policy)
      .filter((namespace) => !enforcedIn(view, namespace, ({ spec }) => spec?.vulnerabilities !== undefined))
      .map(({ metadata }) => metadata.name ?? "")
      .toSorted();
    return open.length === 0
      ? []
      : [
          {
            field: "spec.vulnerabilities",
            says: `no policy looks at known flaws of images in ${some(open)}`,
            passing: "{exploited: Refuse}",
          },
        ];
  },
  fix: (policy, breach) => ({
    kind: "edits",
    edits: [{ op: "set", object: refOf(policy), field: breach.field, value: { exploited: "Refuse" } }],
    mind: "images are scanned before they start from then on, and one with a flaw that is known to be exploited is refused; set highest to refuse by severity too",
  }),
});
