/** Namespaces whose pods keep the cluster itself alive: what is wrong with them is told, and a person decides. */
const spared: ReadonlySet<string> = new Set(["kube-system", "kube-node-lease"]);

/** Why nothing is done by itself to a running pod of a namespace; undefined: it may be. */
export const sparedFrom = (namespace: string, action: string): string | undefined =>
  spared.has(namespace)
    ? `${action} is not carried out in Namespace ${namespace}, on which the cluster itself depends: it is for a person to do`
    : undefined;
