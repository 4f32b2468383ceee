import { isDeepStrictEqual } from "node:util";
import { type ClusterRole, forbidden, type KubeObject, type PolicyRule, type RoleBinding } from "@bulkhead/api";
import { aggregatedRules, escalationMessage, missingRules, rulesFor } from "@bulkhead/policy";
import type { Store } from "@bulkhead/store";
import { isMaster } from "../authentication/user.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { RbacRules } from "../authorization/rbac-rules.ts";
import { peek } from "../resources/object-bytes.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const group = "rbac.authorization.k8s.io";

/** Nobody grants what they do not hold, unless the verb `escalate` (or, for a binding, `bind`) says so. */
export const rbacEscalation = (options: {
  readonly store: Store;
  readonly rules: RbacRules;
  readonly authorizer: Authorizer;
}): AdmissionPlugin => ({
  name: "RbacEscalation",
  validate: (request) => {
    if (request.resource.group !== group || request.object === undefined || request.subresource !== "") return;
    if (isMaster(request.user)) return;
    switch (request.resource.resource) {
      case "roles":
      case "clusterroles":
        checkRole(options, request);
        break;
      case "rolebindings":
      case "clusterrolebindings":
        checkBinding(options, request);
        break;
      default:
        break;
    }
  },
});

type Options = Parameters<typeof rbacEscalation>[0];
type Ruled = KubeObject & { rules?: PolicyRule[] | null; aggregationRule?: unknown };

const may = (
  { authorizer }: Options,
  request: AdmissionRequest,
  verb: string,
  resource: string,
  namespace: string,
  name: string,
): boolean =>
  authorizer.authorize({
    user: request.user,
    verb,
    isResource: true,
    group,
    version: "v1",
    resource,
    subresource: "",
    namespace,
    name,
    path: "",
  }).decision === "allow";

function refuseMissing(options: Options, request: AdmissionRequest, wanted: readonly PolicyRule[]): void {
  const { resource } = request.resource;
  const held = rulesFor(options.rules.current, request.user, request.resource.namespaced ? request.namespace : "");
  const missing = missingRules(held, wanted);
  if (missing.length === 0) return;
  throw forbidden(group, resource, request.name, escalationMessage(request.user, missing));
}

function checkRole(options: Options, request: AdmissionRequest): void {
  const role = request.object as Ruled;
  const old = request.old as Ruled | undefined;
  const same =
    isDeepStrictEqual(role.rules, old?.rules) && isDeepStrictEqual(role.aggregationRule, old?.aggregationRule);
  // The garbage collector changes owners only.
  if (old !== undefined && same) return;
  const { resource, namespaced } = request.resource;
  if (may(options, request, "escalate", resource, namespaced ? request.namespace : "", request.name)) return;
  const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
  const paths = { verbs: ["*"], nonResourceURLs: ["*"] };
  // An aggregating role may come to hold anything.
  refuseMissing(options, request, role.aggregationRule ? [everything, paths] : (role.rules ?? []));
}

function checkBinding(options: Options, request: AdmissionRequest): void {
  const binding = request.object as RoleBinding;
  const old = request.old as RoleBinding | undefined;
  if (
    old !== undefined &&
    isDeepStrictEqual(binding.roleRef, old.roleRef) &&
    isDeepStrictEqual(binding.subjects, old.subjects)
  )
    return;
  const namespace = request.resource.namespaced ? request.namespace : "";
  const { kind, name } = binding.roleRef;
  if (may(options, request, "bind", kind === "Role" ? "roles" : "clusterroles", namespace, name)) return;
  refuseMissing(options, request, rulesOfRole(options.store, kind, namespace, name, request));
}

function rulesOfRole(
  store: Store,
  kind: string,
  namespace: string,
  name: string,
  request: AdmissionRequest,
): readonly PolicyRule[] {
  const resource = kind === "Role" ? "roles" : "clusterroles";
  const stored = store.get({ group, resource, namespace: kind === "Role" ? namespace : "", name });
  if (stored === undefined)
    throw forbidden(
      group,
      request.resource.resource,
      request.name,
      `${resource.slice(0, -1)}.${group} ${JSON.stringify(name)} not found`,
    );
  const role = peek<Ruled>(stored);
  if (!role.aggregationRule) return role.rules ?? [];
  const roles = [...store.list({ group, resource: "clusterroles", namespace: undefined }).items];
  return aggregatedRules(roles.map((object) => peek<ClusterRole>(object))).get(name) ?? [];
}
