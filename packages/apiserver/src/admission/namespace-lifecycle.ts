import { forbidden, type Namespace, notFound, StatusError } from "@bulkhead/api";
import type { Store } from "@bulkhead/store";
import { peek } from "../resources/object-bytes.ts";
import { type AdmissionPlugin, isCore } from "./admission.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);

/** Nothing is created where there is no namespace or where one is going; three namespaces never go. */
export const namespaceLifecycle = (store: Store): AdmissionPlugin => ({
  name: "NamespaceLifecycle",
  mutate: (request) => {
    const { resource, namespace, operation } = request;
    if (operation !== "CREATE" || !resource.namespaced || request.subresource !== "") return;
    const stored = store.get({ group: "", resource: "namespaces", namespace: "", name: namespace });
    if (stored === undefined) throw notFound("", "namespaces", namespace);
    const object = peek<Namespace>(stored);
    if (object.metadata.deletionTimestamp === undefined && object.status?.phase !== "Terminating") return;
    const refused = forbidden(
      resource.group,
      resource.resource,
      request.name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    throw new StatusError({
      reason: "Forbidden",
      message: refused.message,
      details: {
        ...refused.details,
        causes: [
          {
            reason: "NamespaceTerminating",
            message: `namespace ${namespace} is being terminated`,
            field: "metadata.namespace",
          },
        ],
      },
    });
  },
  validate: (request) => {
    if (request.operation === "DELETE" && isCore(request, "namespaces") && immortal.has(request.name))
      throw forbidden("", "namespaces", request.name, "this namespace may not be deleted");
  },
});
