import type { User } from "../authentication/user.ts";

/** What someone wants to do, as an authorizer is asked. */
export interface Attributes {
  readonly user: User;
  readonly verb: string;
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For requests that name no resource. */
  readonly path: string;
  /** The request's field selector as it came; the node authorizer looks for the node's name in it. */
  readonly fieldSelector?: string;
}

/** `no-opinion`: the next one is asked; when none has one, the answer is no. */
export type AuthorizationDecision = "allow" | "deny" | "no-opinion";

export interface Authorization {
  readonly decision: AuthorizationDecision;
  /** Which object led to it; "" when there is nothing to say. */
  readonly reason: string;
}

/** Decides at once, from memory. */
export interface Authorizer {
  authorize(attributes: Attributes): Authorization;
}

const noOpinion: Authorization = { decision: "no-opinion", reason: "" };

/** system:masters pass; then each in order until one has an opinion. */
export function authorizerChain(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize: (attributes) => {
      if (attributes.user.groups.includes("system:masters")) return { decision: "allow", reason: "" };
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const answer = authorizer.authorize(attributes);
        switch (answer.decision) {
          case "allow":
          case "deny":
            return answer;
          case "no-opinion":
            if (answer.reason !== "") reasons.push(answer.reason);
            break;
        }
      }
      return reasons.length === 0 ? noOpinion : { decision: "no-opinion", reason: reasons.join(", ") };
    },
  };
}
