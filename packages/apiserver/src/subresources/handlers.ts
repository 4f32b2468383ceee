import type { tokenAuthenticator } from "../authentication/token-authenticator.ts";
import type { TokenKeys } from "../authentication/token-keys.ts";
import type { RbacRules } from "../authorization/rbac-rules.ts";
import type { Handler, KindHandler } from "../request/api-request.ts";
import type { Dispatch } from "../request/dispatch.ts";
import { updateHandler } from "../resources/kind-handlers.ts";
import type { AgentDialer } from "./agent-dialer.ts";
import { bindingHandler, bindingsHandler } from "./binding.ts";
import { evictionHandler } from "./eviction.ts";
import { logHandler } from "./log.ts";
import { nodeProxyHandler } from "./node-proxy.ts";
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  tokenReview,
} from "./reviews.ts";
import { tokenHandler } from "./token.ts";
import { tunnelHandler } from "./tunnel.ts";

export const virtualHandlers = (options: {
  readonly rules: RbacRules;
  readonly tokens: Pick<ReturnType<typeof tokenAuthenticator>, "review">;
  readonly audiences: readonly string[];
}): ReadonlyMap<string, Handler> =>
  new Map<string, Handler>([
    ["/v1/bindings", bindingsHandler],
    ["authentication.k8s.io/v1/selfsubjectreviews", selfSubjectReview],
    ["authentication.k8s.io/v1/tokenreviews", tokenReview(options.tokens, options.audiences)],
    ["authorization.k8s.io/v1/localsubjectaccessreviews", localSubjectAccessReview],
    ["authorization.k8s.io/v1/selfsubjectaccessreviews", selfSubjectAccessReview],
    ["authorization.k8s.io/v1/selfsubjectrulesreviews", selfSubjectRulesReview(options.rules)],
    ["authorization.k8s.io/v1/subjectaccessreviews", subjectAccessReview],
  ]);

export function subresourceHandlers(options: {
  readonly agents: AgentDialer | undefined;
  readonly tokens: {
    readonly keys: TokenKeys;
    readonly issuer: string;
    readonly audiences: readonly string[];
    readonly maxLifetime: number;
  };
}): Dispatch["subresources"] {
  const tunnel = (kind: "exec" | "attach" | "portforward") => ({
    get: tunnelHandler(kind),
    create: tunnelHandler(kind),
  });
  return new Map<string, Readonly<Partial<Record<string, KindHandler>>>>([
    ["/pods/binding", { create: bindingHandler }],
    ["/pods/eviction", { create: evictionHandler }],
    ["/pods/log", { get: logHandler(options.agents) }],
    ["/pods/exec", tunnel("exec")],
    ["/pods/attach", tunnel("attach")],
    ["/pods/portforward", tunnel("portforward")],
    ["/nodes/proxy", { get: nodeProxyHandler(options.agents) }],
    ["/serviceaccounts/token", { create: tokenHandler(options.tokens) }],
    ["/namespaces/finalize", { update: updateHandler }],
  ]);
}
