import { forbidden, StatusError } from "@bulkhead/api";
import type { User } from "../authentication/user.ts";
import type { RequestInfo } from "../request/request-info.ts";
import type { Attributes, Authorization, Authorizer } from "./authorizer.ts";

export const attributesOf = (user: User, info: RequestInfo): Attributes => ({
  user,
  verb: info.verb,
  isResource: info.isResource,
  group: info.group,
  version: info.version,
  resource: info.resource,
  subresource: info.subresource,
  namespace: info.namespace,
  name: info.name,
  path: info.path,
  fieldSelector: info.query.get("fieldSelector") ?? "",
});

/** The refusal of a request, in upstream's words. */
export function refusal(a: Attributes, reason: string): StatusError {
  const why = reason === "" ? "" : `: ${reason}`;
  if (!a.isResource)
    return new StatusError({
      reason: "Forbidden",
      message: `forbidden: User ${JSON.stringify(a.user.name)} cannot ${a.verb} path ${JSON.stringify(a.path)}${why}`,
      details: {},
    });
  const what = a.subresource === "" ? a.resource : `${a.resource}/${a.subresource}`;
  const where = a.namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(a.namespace)}`;
  return forbidden(
    a.group,
    a.resource,
    a.name,
    `User ${JSON.stringify(a.user.name)} cannot ${a.verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(a.group)} ${where}${why}`,
  );
}

/** Throws 403 unless some authorizer allows it. */
export function requireAccess(authorizer: Authorizer, attributes: Attributes): Authorization {
  const answer = authorizer.authorize(attributes);
  switch (answer.decision) {
    case "allow":
      return answer;
    case "deny":
    case "no-opinion":
      throw refusal(attributes, answer.reason);
  }
}
