import type { PolicyRule, RbacSubject } from "@bulkhead/api";

/** A role as the tables of defaults hold it. `namespace` is "" for a ClusterRole. */
export interface RoleFacts {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: PolicyRule[];
}

export interface BindingFacts {
  readonly name: string;
  readonly namespace: string;
  readonly roleKind: "ClusterRole" | "Role";
  readonly role: string;
  readonly subjects: readonly string[];
}

/** `get,list pods,secrets @,apps =one,two`, or `get /healthz,/version`. */
export function parseRule(text: string): PolicyRule {
  const [verbs = "", objects = "", ...more] = text.split(" ");
  const list = (part: string): string[] => part.split(",");
  if (objects.startsWith("/") || (objects === "*" && more.length === 0))
    return { verbs: list(verbs), nonResourceURLs: list(objects) };
  const groups = more.find((part) => part.startsWith("@"));
  const names = more.find((part) => part.startsWith("="));
  return {
    verbs: list(verbs),
    apiGroups: groups === undefined ? [""] : list(groups.slice(1)),
    resources: list(objects),
    ...(names === undefined ? {} : { resourceNames: list(names.slice(1)) }),
  };
}

const rbacGroup = "rbac.authorization.k8s.io";

/** `User alice`, `Group devs`, `kube-system/dns`. */
export function parseSubject(text: string): RbacSubject {
  const [kind = "", name = ""] = text.split(" ");
  if (name !== "") return { kind, apiGroup: rbacGroup, name };
  const [namespace = "", account = ""] = text.split("/");
  return { kind: "ServiceAccount", namespace, name: account };
}
