import { secretUsesOf } from "../../../deciders/secret-uses.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { workloadControl } from "../../control.ts";

const types: ReadonlySet<string> = new Set(["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"]);

export const secretPullMissing = workloadControl({
  id: "secret-pull-missing",
  title: "Pull secrets exist and hold registry credentials",
  area: "secrets",
  attack:
    "imagePullSecrets names the credential by which a pod's images are fetched, and a name that leads nowhere is passed over in silence. The pull then goes on without a credential, or works only because the node holds the image from another tenant's pull. Whoever may create a Secret of that name decides with which account, and from then on under whose record, this workload pulls.",
  severity: "low",
  severityBecause: "the pull fails or is anonymous, and supplying the Secret needs a right in the namespace",
  frameworks: { nsa: ["secrets"], owasp: ["K03:2025"], nist: ["4.2.1"] },
  check: (workload, view) =>
    secretUsesOf(workload)
      .filter(({ how }) => how === "pull")
      .flatMap(({ field, key, secret }) => {
        const found = view.get(kinds.secret, workload.namespace, secret);
        if (found !== undefined && types.has(found.type ?? "Opaque")) return [];
        const says =
          found === undefined
            ? `there is no Secret ${secret} in namespace ${workload.namespace}`
            : `Secret ${secret} is of type ${found.type ?? "Opaque"} and holds no registry credential`;
        return [{ field, key, says }];
      }),
  fix: ({ ref }, breach) => ({
    kind: "edits",
    edits: [{ op: "remove", object: ref, field: breach.field }],
    mind: "images of a private registry need a credential: create the Secret instead if the registry asks for one",
  }),
});
