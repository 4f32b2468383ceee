import { evaluateRbac } from "@bulkhead/policy";
import type { Attributes, Authorization, Authorizer } from "./authorizer.ts";
import type { RbacRules } from "./rbac-rules.ts";

/** Answers kept under one version of the rules; a refusal is kept as well as a grant. */
const cacheSize = 8192;

/** RBAC as an authorizer: the decider of @bulkhead/policy over the rules as they are now. */
export function rbacAuthorizer(rules: RbacRules): Authorizer {
  let version = rules.version;
  const cache = new Map<string, Authorization>();
  const decide = (a: Attributes): Authorization => {
    const { decision, reason } = evaluateRbac(rules.current, {
      user: a.user,
      verb: a.verb,
      isResource: a.isResource,
      group: a.group,
      resource: a.resource,
      subresource: a.subresource,
      namespace: a.namespace,
      name: a.name,
      path: a.path,
    });
    return { decision: decision === "allow" ? "allow" : "no-opinion", reason };
  };
  return {
    authorize: (attributes) => {
      if (rules.version !== version) {
        version = rules.version;
        cache.clear();
      }
      const key = cacheKey(attributes);
      let answer = cache.get(key);
      if (answer === undefined) {
        answer = decide(attributes);
        if (cache.size >= cacheSize) cache.clear();
        cache.set(key, answer);
      }
      return answer;
    },
  };
}

/** Everything that the decision depends on; no part can hold the separator. */
const cacheKey = (a: Attributes): string =>
  [
    a.user.name,
    a.user.groups.join("\u0001"),
    a.verb,
    a.isResource ? "r" : "p",
    a.group,
    a.resource,
    a.subresource,
    a.namespace,
    a.name,
    a.isResource ? "" : a.path,
  ].join("\0");
