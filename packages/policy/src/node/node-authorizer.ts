import type { PersistentVolume, PersistentVolumeClaim, Pod, PolicyRule } from "@bulkhead/api";
import type { AccessQuestion, AccessVerdict, Subject } from "../rbac/question.ts";
import { ruleAllows } from "../rbac/rule-match.ts";
import { podReferences } from "./pod-references.ts";

/** What each node may see: keys are `resource namespace/name`, found through the pods bound to it. */
export interface NodeRuleSet {
  /** Key to the names of the nodes that need it. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string>>;
  /** What every node may do: the rules of ClusterRole system:node. */
  readonly rules: readonly PolicyRule[];
}

export interface NodeObjects {
  readonly pods: readonly Pod[];
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly volumes?: readonly PersistentVolume[];
  readonly rules: readonly PolicyRule[];
}

const prefix = "system:node:";

/** The node that a user is, or undefined: `system:node:NAME` in the group system:nodes. */
export function nodeOfUser(user: Subject): string | undefined {
  if (!user.name.startsWith(prefix) || !user.groups.includes("system:nodes")) return undefined;
  return user.name.slice(prefix.length) || undefined;
}

/** `secrets shop/db`: how an object stands in `needs`. */
export const needKey = (resource: string, namespace: string, name: string): string =>
  `${resource} ${namespace}/${name}`;

/** A pod that a node made itself to show a static one. */
const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;

/**
 * One pod's contribution to `needs`: nothing until it is bound to a node; of a mirror pod only itself, or else a node
 * could invent one to read a Secret.
 */
export function* podNeeds(pod: Pod): Generator<string> {
  const namespace = pod.metadata.namespace ?? "";
  if (!pod.spec?.nodeName) return;
  yield needKey("pods", namespace, pod.metadata.name ?? "");
  if (isMirror(pod)) return;
  for (const [resource, name] of podReferences(pod)) yield needKey(resource, namespace, name);
}

/** Builds the graph anew. `NodeGraph` keeps one up to date pod by pod. */
export function normaliseNode(objects: NodeObjects): NodeRuleSet {
  const needs = new Map<string, Set<string>>();
  const add = (key: string, node: string): void => {
    const nodes = needs.get(key);
    if (nodes === undefined) needs.set(key, new Set([node]));
    else nodes.add(node);
  };
  for (const pod of objects.pods) for (const key of podNeeds(pod)) add(key, pod.spec?.nodeName ?? "");
  for (const claim of objects.claims ?? []) {
    const nodes = needs.get(
      needKey("persistentvolumeclaims", claim.metadata.namespace ?? "", claim.metadata.name ?? ""),
    );
    const volume = claim.spec?.volumeName;
    if (volume) for (const node of nodes ?? []) add(needKey("persistentvolumes", "", volume), node);
  }
  return { needs, rules: objects.rules };
}

const deny = (says: string): AccessVerdict => ({ decision: "deny", reason: says, because: [{ rule: "node", says }] });
const allow: AccessVerdict = { decision: "allow", reason: "", because: [{ rule: "node", says: "a node may do this" }] };

type Rule = (node: string, q: AccessQuestion, rules: NodeRuleSet) => AccessVerdict;

const related: Rule = (node, q, rules) => {
  if (q.name === "") return deny("No Object name found");
  return rules.needs.get(needKey(q.resource, q.namespace, q.name))?.has(node)
    ? allow
    : deny(`no relationship found between node '${node}' and this object`);
};

const only =
  (verbs: readonly string[], why: string, then: Rule): Rule =>
  (node, q, rules) =>
    verbs.includes(q.verb) ? then(node, q, rules) : deny(why);

const whole =
  (why: string, then: Rule): Rule =>
  (node, q, rules) =>
    q.subresource === "" ? then(node, q, rules) : deny(why);

const readNamespaced = only(
  ["get", "list", "watch"],
  "can only read resources of this type",
  whole("cannot read subresource", (node, q, rules) =>
    q.namespace === "" ? deny("can only read namespaced object of this type") : related(node, q, rules),
  ),
);

const getOne = only(
  ["get"],
  "can only get individual resources of this type",
  whole("cannot get subresource", related),
);

const claim: Rule = (node, q, rules) =>
  q.subresource === "status"
    ? only(["update", "patch"], "can only get/update/patch this type", related)(node, q, rules)
    : getOne(node, q, rules);

/** Tokens of the accounts of its pods; and, for automatic mounting, to look at such an account. */
const serviceAccount: Rule = (node, q, rules) => {
  if (q.verb === "get" && q.subresource === "") return related(node, q, rules);
  if (q.verb !== "create" || q.name === "") return deny("can only create tokens for individual service accounts");
  if (q.subresource !== "token") return deny("can only create token subresource of serviceaccount");
  return related(node, q, rules);
};

const ownNamed =
  (namespace: string, what: string): Rule =>
  (node, q) => {
    if (!["get", "create", "update", "patch", "delete"].includes(q.verb)) {
      return deny(`can only get, create, update, patch, or delete a ${what}`);
    }
    if (q.namespace !== namespace) return deny(`can only access leases in the "${namespace}" system namespace`);
    // A creation names the object in its body only: NodeRestriction compares that.
    if (q.verb !== "create" && q.name !== node)
      return deny(`can only access ${what} with the same name as the requesting node`);
    return allow;
  };

/** Its own Node; upstream leaves writes to NodeRestriction, which still stands behind this. */
const nodeObject: Rule = (node, q) => {
  const writes =
    q.subresource === "status" ? ["update", "patch"] : ["create", "update", "patch", "get", "list", "watch"];
  if (q.subresource !== "" && q.subresource !== "status") return deny("");
  if (!writes.includes(q.verb)) return deny("");
  if (q.verb === "create" || q.name === node) return allow;
  const what = q.name === "" ? "all nodes" : `'${q.name}'`;
  return deny(
    `node '${node}' cannot ${["get", "list", "watch"].includes(q.verb) ? "read" : "change"} ${what}, only its own Node object`,
  );
};

const selectsNode = (q: AccessQuestion, node: string): boolean =>
  q.fields?.some((f) => f.field === "spec.nodeName" && f.operator === "=" && f.value === node) === true;

/** Pods bound to it; what it may write of them is NodeRestriction's as well. */
const pod: Rule = (node, q, rules) => {
  switch (`${q.verb} ${q.subresource}`) {
    case "get ":
      return related(node, q, rules);
    case "list ":
    case "watch ":
      if (selectsNode(q, node)) return allow;
      return q.name === ""
        ? deny("can only list/watch pods with spec.nodeName field selector")
        : related(node, q, rules);
    case "create ":
    case "delete ":
    case "update status":
    case "patch status":
    case "create eviction":
      return allow;
    default:
      return deny("");
  }
};

const subdivided: Readonly<Record<string, Rule>> = {
  "/secrets": readNamespaced,
  "/configmaps": readNamespaced,
  "/persistentvolumeclaims": claim,
  "/persistentvolumes": getOne,
  "resource.k8s.io/resourceclaims": getOne,
  "storage.k8s.io/volumeattachments": getOne,
  "/serviceaccounts": serviceAccount,
  "coordination.k8s.io/leases": ownNamed("kube-node-lease", "node lease"),
  "storage.k8s.io/csinodes": ownNamed("", "CSINode"),
  "/nodes": nodeObject,
  "/pods": pod,
};

/**
 * May this node do that? (Node authorization: a kubelet sees what its own pods need, and its own Node and Lease.)
 * Undefined when the user is no node: then it has no opinion.
 */
export function evaluateNode(rules: NodeRuleSet, q: AccessQuestion): AccessVerdict | undefined {
  const node = nodeOfUser(q.user);
  if (node === undefined) return undefined;
  const rule = q.isResource ? subdivided[`${q.group}/${q.resource}`] : undefined;
  if (rule !== undefined) return rule(node, q, rules);
  return rules.rules.some((r) => ruleAllows(r, q)) ? allow : deny("");
}
