import { forbidden, type OwnerReference } from "@bulkhead/api";
import type { User } from "../authentication/user.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { ResourceRegistry } from "../resources/registry.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const same = (a: OwnerReference, b: OwnerReference): boolean =>
  a.uid === b.uid && a.kind === b.kind && a.name === b.name && a.blockOwnerDeletion === b.blockOwnerDeletion;

const ownersOf = (object: AdmissionRequest["object"]): readonly OwnerReference[] =>
  object?.metadata.ownerReferences ?? [];

/**
 * Who gives an object other owners decides when it is collected: that takes the right to delete it. Who blocks an
 * owner's deletion needs the right to set that owner's finalizers.
 */
export const ownerReferences = (authorizer: Authorizer, registry: ResourceRegistry): AdmissionPlugin => ({
  name: "OwnerReferencesPermissionEnforcement",
  validate: (request) => {
    if (request.operation !== "CREATE" && request.operation !== "UPDATE") return;
    const before = ownersOf(request.old);
    const after = ownersOf(request.object);
    const fresh = after.filter((owner) => !before.some((known) => same(known, owner)));
    const gone = before.filter((owner) => !after.some((known) => known.uid === owner.uid));
    if (fresh.length === 0 && gone.length === 0) return;
    if (request.operation === "UPDATE") requireDelete(authorizer, request);
    for (const owner of fresh)
      if (owner.blockOwnerDeletion === true) requireFinalizers(authorizer, registry, request, owner);
  },
});

function allowed(
  authorizer: Authorizer,
  user: User,
  of: {
    group: string;
    version: string;
    resource: string;
    subresource: string;
    namespace: string;
    name: string;
    verb: string;
  },
): boolean {
  return authorizer.authorize({ ...of, user, isResource: true, path: "" }).decision === "allow";
}

function requireDelete(authorizer: Authorizer, request: AdmissionRequest): void {
  const { group, version, resource } = request.resource;
  const { namespace, name } = request;
  if (allowed(authorizer, request.user, { group, version, resource, subresource: "", namespace, name, verb: "delete" }))
    return;
  throw forbidden(
    group,
    resource,
    name,
    "cannot set an ownerRef on a resource you can't delete: it takes the right to delete it",
  );
}

function requireFinalizers(
  authorizer: Authorizer,
  registry: ResourceRegistry,
  request: AdmissionRequest,
  owner: OwnerReference,
): void {
  const [group, version] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : ["", owner.apiVersion];
  const kind = registry.findKind(group ?? "", owner.kind, version);
  const refuse = (why: string): never => {
    throw forbidden(
      request.resource.group,
      request.resource.resource,
      request.name,
      `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${why}`,
    );
  };
  if (kind === undefined) return refuse(`no kind ${owner.kind} is known in ${owner.apiVersion}`);
  const of = {
    group: kind.resource.group,
    version: kind.resource.version,
    resource: kind.resource.resource,
    subresource: "finalizers",
    namespace: kind.resource.namespaced ? request.namespace : "",
    name: owner.name,
    verb: "update",
  };
  if (!allowed(authorizer, request.user, of)) refuse(`${of.resource} ${JSON.stringify(owner.name)}`);
}
