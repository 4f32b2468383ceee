import { badRequest } from "@bulkhead/api";
import { type Answer, type ApiRequest, jsonAnswer } from "../request/api-request.ts";
import { methodNotAllowed } from "../request/errors.ts";
import { timestamp } from "../resources/services.ts";
import { grantedAccess, scopeText } from "./grant.ts";
import type { RegistryTokens } from "./registry-tokens.ts";
import { registryGroup, repositories, repositoryRef } from "./repository.ts";
import { parseScopes } from "./scope.ts";

/**
 * GET /registry/token?service=…&scope=…, or a POST of the same as a form: distribution's token authentication, and its
 * OAuth2. Who may ask at all is RBAC's to say, by the path; what of the scopes is granted, by the repositories.
 */
export async function answerToken(tokens: RegistryTokens, request: ApiRequest): Promise<Answer> {
  const { info, user, audit, services } = request;
  if (info.verb !== "get" && info.verb !== "post") throw methodNotAllowed();
  const asked = info.verb === "get" ? info.query : new URLSearchParams((await request.body()).toString("utf8"));
  const service = asked.get("service");
  if (service !== null && service !== tokens.service)
    throw badRequest(`service: this token service signs for ${JSON.stringify(tokens.service)} alone`);
  const scopes = parseScopes(asked.getAll("scope"));
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
    scope: scopeText(granted),
    expires_in: lifetime,
    issued_at: timestamp(issued * 1000),
  });
}
