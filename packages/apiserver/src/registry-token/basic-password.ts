import { bearerOf } from "../authentication/authenticator.ts";

/** Where registry clients ask for tokens. */
export const registryTokenPath = "/registry/token";

/**
 * Registry clients show credentials as HTTP Basic: the password is a Kubernetes bearer token, the user name says
 * nothing. Undefined: no such thing. A bearer token as it is counts too.
 */
export function registryCredential(authorization: string | undefined): string | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)\s*$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return bearerOf(authorization);
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : bearerOf(`Bearer ${text.slice(colon + 1)}`);
}
