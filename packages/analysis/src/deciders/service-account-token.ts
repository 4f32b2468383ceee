import { isServiceAccountBound } from "@bulkhead/policy";
import { serviceAccountOf, type Workload } from "../posture/workload.ts";
import { kinds } from "../snapshot/kinds.ts";
import type { Derivation, View } from "../snapshot/view.ts";
import { accessRules } from "./access.ts";

const mirror = "kubernetes.io/config.mirror";

/** Whether a binding names an account itself, by `namespace/name`. */
const accountNamed: Derivation<boolean> = {
  name: "account-named",
  compute: (view, key) => {
    const slash = key.indexOf("/");
    return isServiceAccountBound(view.derive(accessRules), key.slice(0, slash), key.slice(slash + 1));
  },
  same: (a, b) => a === b,
};

/** Groups of accounts that somebody gave rights to, beside what every cluster gives them. */
const boundGroups: Derivation<readonly string[]> = {
  name: "bound-account-groups",
  compute: (view) =>
    [...view.list(kinds.roleBinding), ...view.list(kinds.clusterRoleBinding)]
      .filter(({ metadata }) => metadata.labels?.["kubernetes.io/bootstrapping"] !== "rbac-defaults")
      .flatMap(({ subjects }) => subjects ?? [])
      .filter(({ kind, name }) => kind === "Group" && name.startsWith("system:serviceaccounts"))
      .map(({ name }) => name)
      .toSorted(),
  same: (a, b) => a.join(" ") === b.join(" "),
};

/** Whether an account has any right that not everybody has. Throws `Unread` where bindings could not be read. */
export function accountBound(view: View, namespace: string, name: string): boolean {
  if (view.derive(accountNamed, `${namespace}/${name}`)) return true;
  const groups = view.derive(boundGroups);
  return groups.includes("system:serviceaccounts") || groups.includes(`system:serviceaccounts:${namespace}`);
}

/** Whether admission mounts the account's token into a workload's pods, by the rule of the defaults in force. */
export function mountsToken(view: View, workload: Workload): boolean {
  const { spec, namespace, template } = workload;
  if (template.metadata.annotations?.[mirror] !== undefined) return false;
  if (spec.automountServiceAccountToken !== undefined) return spec.automountServiceAccountToken;
  const name = serviceAccountOf(workload);
  const said = view.get(kinds.serviceAccount, namespace, name)?.automountServiceAccountToken;
  if (said !== undefined) return said;
  if (view.settings.defaults === "kubernetes") return true;
  return name !== "default" && view.derive(accountNamed, `${namespace}/${name}`);
}
