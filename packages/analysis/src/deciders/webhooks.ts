import {
  type KubeObject,
  type LabelSelector,
  labelSelectorAsSelector,
  type MutatingWebhookConfiguration,
  type Namespace,
  type RuleWithOperations,
  type ValidatingWebhook,
  type ValidatingWebhookConfiguration,
} from "@bulkhead/api";

/** A webhook with where it stands in its configuration. */
export interface PlacedWebhook {
  readonly webhook: ValidatingWebhook;
  readonly field: string;
}

/** The webhooks of a configuration of either kind; what one kind has more, nobody asks here. */
export const webhooksOf = (object: KubeObject): readonly PlacedWebhook[] =>
  ((object as ValidatingWebhookConfiguration | MutatingWebhookConfiguration).webhooks ?? []).map((webhook, index) => ({
    webhook: webhook as ValidatingWebhook,
    field: `webhooks[${index}]`,
  }));

type Rules = readonly Pick<RuleWithOperations, "apiGroups" | "resources">[];

const has = (list: readonly string[] | undefined, ...any: readonly string[]): boolean =>
  (list ?? []).some((one) => any.includes(one));

/** Whether rules are about a resource. */
export const asksAbout = (rules: Rules | undefined, group: string, resource: string): boolean =>
  (rules ?? []).some((rule) => has(rule.apiGroups, group, "*") && has(rule.resources, resource, "*", "*/*"));

/** What decides on the security of a cluster, when it is created or changed. */
const guarded: readonly (readonly [group: string, resource: string])[] = [
  ["", "pods"],
  ["apps", "deployments"],
  ["apps", "daemonsets"],
  ["apps", "statefulsets"],
  ["batch", "jobs"],
  ["batch", "cronjobs"],
  ["rbac.authorization.k8s.io", "roles"],
  ["rbac.authorization.k8s.io", "rolebindings"],
  ["rbac.authorization.k8s.io", "clusterroles"],
  ["rbac.authorization.k8s.io", "clusterrolebindings"],
  ["networking.k8s.io", "networkpolicies"],
  ["", "namespaces"],
  ["", "secrets"],
];

/** The resources among those that decide on security that rules are about. */
export const guardedBy = (rules: Rules | undefined): readonly string[] =>
  guarded.filter(([group, resource]) => asksAbout(rules, group, resource)).map(([, resource]) => resource);

/** `pods, deployments and 3 more`. */
export const some = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;

/** Whether a webhook's or policy's selector takes a namespace in; an absent one takes in all. */
export const takesIn = (selector: LabelSelector | undefined, { metadata }: Namespace): boolean =>
  selector === undefined ||
  labelSelectorAsSelector(selector).matches({ ...metadata.labels, "kubernetes.io/metadata.name": metadata.name ?? "" });
