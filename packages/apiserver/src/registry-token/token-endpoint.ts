import { badRequest } from "@bulkhead/api";
import { type Answer, type ApiRequest, jsonAnswer } from "../request/api-request.ts";
import { methodNotAllowed } from "../request/errors.ts";
import { timestamp } from "../resources/services.ts";
import { grantedAccess, scopeText } from "./grant.ts";
import type { RegistryTokens } from "./registry-tokens.ts";
import { registryGroup, repositories, repositoryRef } from "./repository.ts";
import { parseScopes } from "./scope.ts";

/**
 * GET /registry/token?service=…&scope=…: distribution's token authentication. Who may ask at all is RBAC's to say, by
 * the path; what of the scopes is granted, by the repositories.
 */
export function answerToken(tokens: RegistryTokens, request: ApiRequest): Answer {
  const { info, user, audit, services } = request;
  if (info.verb !== "get") throw methodNotAllowed();
  const service = info.query.get("service");
  if (service !== null && service !== tokens.service)
    throw badRequest(`service: this token service signs for ${JSON.stringify(tokens.service)} alone`);
  const scopes = parseScopes(info.query.getAll("scope"));
  const granted = grantedAccess(services.authorizer, user, scopes);
  const { token, id, issued, lifetime } = tokens.issue(user.name, granted);
  const first = scopes.find((scope) => scope.type === "repository");
  // The record stands before the token leaves, under the repository it is for.
  audit.critical = true;
  if (first !== undefined)
    audit.about({
      ...info,
      isResource: true,
      group: registryGroup,
      resource: repositories,
      subresource: "token",
      ...repositoryRef(first.name),
    });
  audit.annotate(`${registryGroup}/asked`, scopeText(scopes));
  audit.annotate(`${registryGroup}/granted`, scopeText(granted));
  audit.annotate("authentication.kubernetes.io/issued-credential-id", `JTI=${id}`);
  return jsonAnswer(200, {
    token,
    access_token: token,
    expires_in: lifetime,
    issued_at: timestamp(issued * 1000),
  });
}
