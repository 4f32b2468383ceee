import { evaluateRbac } from "@bulkhead/policy";
import { accessRules, accountUser } from "../../../deciders/access.ts";
import { kinds } from "../../../snapshot/kinds.ts";
import { objectControl } from "../../control.ts";
import { refOf } from "../../workload.ts";

/** An account that no binding can know by its name. */
const anyAccount = ":any";

export const secretReadableByAll = objectControl(kinds.secret, {
  id: "secret-readable-by-all",
  title: "Secrets are not readable by every account",
  area: "secrets",
  attack:
    "Who may get a Secret through the API needs no place in a pod that mounts it. Where a role is bound to a group that every service account is in, each pod with a token reads this Secret, whatever it was made for. One compromised workload of no importance hands over the credentials of all.",
  severity: "high",
  severityBecause: "any pod with a token gets the credential by one request, with no step in between",
  frameworks: {
    nsa: ["secrets", "authentication-authorization"],
    cis: ["5.1.2"],
    attack: ["T1552.007"],
    owasp: ["K03:2025", "K02:2025"],
    pci: ["7.2.5"],
  },
  check: ({ metadata }, view) => {
    const { namespace = "", name = "" } = metadata;
    const { decision, because } = evaluateRbac(view.derive(accessRules), {
      user: accountUser(namespace, anyAccount),
      verb: "get",
      isResource: true,
      group: "",
      resource: "secrets",
      subresource: "",
      name,
      namespace,
      path: "",
    });
    if (decision !== "allow") return [];
    const through = because.flatMap(({ object }) => (object === undefined ? [] : [object]));
    return [
      {
        field: "metadata.name",
        says: `every service account of namespace ${namespace} may read it, by ${through[0]?.kind ?? "a binding"} ${through[0]?.name ?? ""}`,
        through,
        because,
      },
    ];
  },
  fix: (secret, breach, view) => {
    const binding = breach.through?.[0];
    const { name } = refOf(secret);
    const kind = binding?.kind === "ClusterRoleBinding" ? kinds.clusterRoleBinding : kinds.roleBinding;
    const found = binding === undefined ? undefined : view.get(kind, binding.namespace ?? "", binding.name);
    return {
      kind: "by-hand",
      why: `others may need what ${found === undefined ? "the binding" : `${found.kind} ${found.metadata.name}`} gives beside Secret ${name}`,
      how: `bind the accounts that need it by name instead of a group, with a Role that names ${name} under resourceNames; pods that mount the Secret need no right at all`,
    };
  },
});
