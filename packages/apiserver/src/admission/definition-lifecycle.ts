import { type CustomResourceDefinition, definitionWarnings } from "@bulkhead/api";
import { cleanupFinalizer, withCondition } from "../customresources/conditions.ts";
import { timestamp } from "../resources/services.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const isDefinition = ({ resource }: AdmissionRequest): boolean =>
  resource.group === "apiextensions.k8s.io" && resource.resource === "customresourcedefinitions";

/** A definition stays until its instances are gone, and says what of it is not acted on. */
export const definitionLifecycle = (now: () => number): AdmissionPlugin => ({
  name: "DefinitionLifecycle",
  validate: (request) => {
    if (!isDefinition(request) || request.object === undefined || request.subresource !== "") return;
    for (const warning of definitionWarnings(request.object as CustomResourceDefinition)) request.warn(warning);
  },
  hold: (request, draft) => {
    if (!isDefinition(request)) return;
    const definition = draft as CustomResourceDefinition;
    const finalizers = definition.metadata.finalizers ?? [];
    if (!finalizers.includes(cleanupFinalizer)) definition.metadata.finalizers = [...finalizers, cleanupFinalizer];
    if (definition.status === undefined) return;
    definition.status.conditions = withCondition(
      definition.status.conditions ?? undefined,
      {
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionPending",
        message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
      },
      timestamp(now()),
    );
  },
});
