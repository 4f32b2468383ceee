import type { AuditedRequest } from "@bulkhead/analysis";
import type { AuditEvent } from "@bulkhead/audit";

/** Of a record what says who changed what: nothing of what was written. */
export function auditedRequest({
  user,
  impersonatedUser,
  verb,
  objectRef,
  requestURI,
  responseStatus,
  requestReceivedTimestamp,
}: AuditEvent): AuditedRequest & { readonly at: string } {
  const { resource = "", subresource, namespace, name } = objectRef ?? {};
  return {
    at: requestReceivedTimestamp,
    who: (impersonatedUser ?? user).username ?? "",
    verb,
    resource:
      objectRef === undefined
        ? (requestURI.split("?")[0] ?? requestURI)
        : subresource === undefined || subresource === ""
          ? resource
          : `${resource}/${subresource}`,
    name: [namespace, name].filter((part) => part !== undefined && part !== "").join("/"),
    code: responseStatus?.code ?? 0,
  };
}
