import type { Peer } from "../http/exchange.ts";
import type { BoundPod } from "../identity-use/identity-signal.ts";
import { unauthorized } from "../request/errors.ts";
import { anonymous, type User, withAuthenticated } from "./user.ts";

/** What a request brings to prove who asks. */
export interface Credentials {
  readonly peer: Peer;
  /** The token of `Authorization: Bearer`, without the word. */
  readonly bearer: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * One way to know a user. `none`: nothing in the request is for this authenticator. `refused`: something was, and it
 * does not hold; another authenticator may still know it, but nobody becomes anonymous by presenting a bad credential.
 */
export type Authentication =
  | { readonly outcome: "known"; readonly user: User; readonly audiences?: readonly string[] }
  | { readonly outcome: "none" }
  | {
      readonly outcome: "refused";
      readonly why: string;
      /** The pod that a good token was bound to, and that is gone. */
      readonly gone?: BoundPod;
    };

export interface Authenticator {
  readonly name: string;
  authenticate(credentials: Credentials): Authentication;
}

/** Upstream's own limit for a bearer token lies in the header's size; ours keeps hashing cheap. */
const maxTokenLength = 16 * 1024;

export function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const match = /^bearer +(\S+)\s*$/i.exec(authorization);
  return match === null || (match[1] ?? "").length > maxTokenLength ? undefined : match[1];
}

/**
 * Asks the authenticators in order. Throws 401 where a credential was presented and none vouches for it; `afterPod` is told of
 * a token that its pod has left behind.
 */
export function authenticate(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
  authorizationPresented: boolean,
  afterPod?: (pod: BoundPod) => void,
): User {
  let refused = false;
  for (const authenticator of authenticators) {
    const answer = authenticator.authenticate(credentials);
    switch (answer.outcome) {
      case "known":
        return withAuthenticated(answer.user);
      case "refused":
        refused = true;
        if (answer.gone !== undefined) afterPod?.(answer.gone);
        break;
      case "none":
        break;
    }
  }
  if (refused || authorizationPresented) throw unauthorized();
  return anonymous;
}
