import { createHash } from "node:crypto";
import type { Authenticator } from "./authenticator.ts";
import type { User } from "./user.ts";

const digest = (token: string): string => createHash("sha256").update(token).digest("base64");

/** Fixed tokens for tests and for the first minute. Looked up by digest, so that no comparison leaks a token's start. */
export function staticBearerAuthenticator(tokens: ReadonlyMap<string, User>): Authenticator {
  const byDigest = new Map([...tokens].map(([token, user]) => [digest(token), user]));
  return {
    name: "static-bearer",
    authenticate: ({ bearer }) => {
      if (bearer === undefined) return { outcome: "none" };
      const user = byDigest.get(digest(bearer));
      return user === undefined ? { outcome: "none" } : { outcome: "known", user };
    },
  };
}
