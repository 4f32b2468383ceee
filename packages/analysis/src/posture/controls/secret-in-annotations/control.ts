import { credentialIn, secretUnder } from "../../../deciders/secret-values.ts";
import { kinds, workloadKinds } from "../../../snapshot/kinds.ts";
import type { Control } from "../../control.ts";
import { workloadOf } from "../../workload.ts";

const applied = "kubectl.kubernetes.io/last-applied-configuration";

export const secretInAnnotations: Control = {
  id: "secret-in-annotations",
  title: "Annotations hold no secrets",
  area: "secrets",
  attack:
    "Annotations are shown by every listing, copied into events, dashboards and metrics, and handed to every controller that watches the object. A token or an address with a password in one is read by all of these and by everyone who may see the object. Whoever finds it uses it from anywhere, and no Secret was ever read.",
  severity: "high",
  severityBecause: "a working credential lies in a field that tools copy on and that nobody guards",
  frameworks: { nsa: ["secrets"], attack: ["T1552.007"], owasp: ["K03:2025"], pci: ["8.6.2"] },
  kinds: [...workloadKinds, kinds.service, kinds.ingress, kinds.serviceAccount, kinds.namespace],
  check: (object, view) => {
    const workload = workloadOf(object, view);
    if (workloadKinds.some(({ key }) => key.endsWith(object.kind)) && workload === undefined) return "not-applicable";
    const places = [
      { prefix: "", metadata: object.metadata },
      ...(workload === undefined || workload.prefix === ""
        ? []
        : [{ prefix: workload.prefix, metadata: workload.template.metadata }]),
    ];
    return places.flatMap(({ prefix, metadata }) =>
      Object.entries(metadata.annotations ?? {}).flatMap(([name, value]) => {
        // What is literally in the object has findings of its own.
        if (name === applied) return [];
        const what = name.includes("/") ? secretUnder(name.slice(name.indexOf("/") + 1), value) : credentialIn(value);
        return what === undefined
          ? []
          : [
              {
                field: `${prefix}metadata.annotations["${name}"]`,
                key: `${prefix}${name}`,
                says: `annotation ${name} holds ${what}`,
              },
            ];
      }),
    );
  },
  fix: (_, breach) => ({
    kind: "by-hand",
    why: "what reads the annotation, and whether it can take the value from a Secret, cannot be seen from the object",
    how: `revoke the value, put a new one into a Secret that the reader of ${breach.key ?? "the annotation"} may use, and remove the annotation`,
  }),
};
