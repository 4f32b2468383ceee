import type { CustomResourceDefinition } from "@bulkhead/api";
import { forbidden, securityGroup } from "@bulkhead/api";
import type { AdmissionPlugin } from "./admission.ts";

/** Set to the definition's own name before it may be deleted: a slip of the hand does not do that. */
export const confirmDeletion = "security.bulkhead.dev/confirm-deletion";

/** Deleting one of our own definitions would delete every policy and exception with it. */
export const definitionProtection: AdmissionPlugin = {
  name: "DefinitionProtection",
  validate: (request) => {
    if (request.operation !== "DELETE" || request.resource.resource !== "customresourcedefinitions") return;
    const definition = request.old as CustomResourceDefinition | undefined;
    if (definition?.spec.group !== securityGroup) return;
    if (definition.metadata.annotations?.[confirmDeletion] === request.name) return;
    throw forbidden(
      request.resource.group,
      request.resource.resource,
      request.name,
      `with it every ${definition.spec.names.kind} would be deleted and what they decide would change; to do it all the same: kubectl annotate crd ${request.name} ${confirmDeletion}=${request.name}`,
    );
  },
};
