import type { BoundPod } from "../identity-use/identity-signal.ts";
import type { Authentication, Authenticator } from "./authenticator.ts";
import type { TokenKeys } from "./token-keys.ts";
import { serviceAccountUser, type User } from "./user.ts";

/** Live objects, by which a bound token lives or dies. */
export interface BoundObjects {
  /** The uid of the object now, or undefined. A pod, secret or account being deleted past its grace counts as gone. */
  uid(resource: "serviceaccounts" | "pods" | "secrets" | "nodes", namespace: string, name: string): string | undefined;
  /** How a pod that is there was cut off from everything; undefined: it was not. */
  cutOff(namespace: string, pod: string): string | undefined;
}

type Claims = Record<string, unknown>;

const refused = (why: string): Authentication => ({ outcome: "refused", why });

const record = (value: unknown): Claims | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : typeof value === "string" ? [value] : [];

const cacheSize = 4096;

/**
 * Tokens that this server signed: bound service account tokens and people's short-lived ones. The signature is checked
 * once a token; time, audience and the bound objects at every request.
 */
export function tokenAuthenticator(options: {
  readonly keys: TokenKeys;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly objects: BoundObjects;
}): Authenticator & { review(token: string, audiences: readonly string[], now: number): Authentication } {
  const signed = new Map<string, Claims>();

  const claimsOf = (token: string): Claims | undefined => {
    const known = signed.get(token);
    if (known !== undefined) return known;
    const claims = options.keys.verify(token);
    if (claims === undefined) return undefined;
    if (signed.size >= cacheSize) signed.delete(signed.keys().next().value as string);
    signed.set(token, claims);
    return claims;
  };

  const review = (token: string, audiences: readonly string[], now: number): Authentication => {
    if (!token.startsWith("ey")) return { outcome: "none" };
    const claims = claimsOf(token);
    if (claims === undefined) return refused("no key of ours signed it");
    if (claims["iss"] !== options.issuer) return refused("another issuer's token");
    const seconds = now / 1000;
    const { exp, nbf } = claims;
    if (typeof exp !== "number" || seconds > exp) {
      signed.delete(token);
      return refused("expired");
    }
    // A minute's difference between clocks is forgiven.
    if (typeof nbf === "number" && seconds + 60 < nbf) return refused("not valid yet");
    const shared = texts(claims["aud"]).filter((audience) => audiences.includes(audience));
    if (shared.length === 0) return refused("for another audience");
    const user = userOf(claims, options.objects);
    return "why" in user ? { outcome: "refused", ...user } : { outcome: "known", user, audiences: shared };
  };

  return {
    name: "token",
    authenticate: ({ bearer, now }) =>
      bearer === undefined ? { outcome: "none" } : review(bearer, options.audiences, now),
    review,
  };
}

interface Nobody {
  readonly why: string;
  readonly gone?: BoundPod;
}

/** The user that the claims stand for, or why they stand for nobody any more. */
function userOf(claims: Claims, objects: BoundObjects): User | Nobody {
  const credential = { "authentication.kubernetes.io/credential-id": [`JTI=${text(claims["jti"])}`] };
  const person = record(claims["bulkhead.dev"]);
  if (person !== undefined)
    return { name: text(person["user"]), uid: "", groups: texts(person["groups"]), extra: credential };
  const bound = record(claims["kubernetes.io"]);
  if (bound === undefined) return { why: "not a token of a service account" };
  const namespace = text(bound["namespace"]);
  const account = record(bound["serviceaccount"]) ?? {};
  const name = text(account["name"]);
  if (claims["sub"] !== `system:serviceaccount:${namespace}:${name}`) return { why: "its subject is another's" };
  const extra: Record<string, readonly string[]> = { ...credential };
  const checks = [
    ["serviceaccounts", account, ""],
    ["pods", record(bound["pod"]), "pod"],
    ["secrets", record(bound["secret"]), ""],
    ["nodes", record(bound["node"]), "node"],
  ] as const;
  for (const [resource, object, shown] of checks) {
    if (object === undefined) continue;
    const live = objects.uid(resource, resource === "nodes" ? "" : namespace, text(object["name"]));
    // A node's binding is informational unless the node itself is what the token is bound to.
    const informational = resource === "nodes" && bound["pod"] !== undefined;
    if (!informational && (live === undefined || live !== text(object["uid"])))
      return {
        why: `bound to ${resource} that are gone`,
        ...(resource === "pods" ? { gone: boundPod(namespace, name, object, record(bound["node"])) } : {}),
      };
    if (resource === "pods") {
      const cut = objects.cutOff(namespace, text(object["name"]));
      if (cut !== undefined) return { why: `bound to a pod that is ${cut}` };
    }
    if (shown !== "") {
      extra[`authentication.kubernetes.io/${shown}-name`] = [text(object["name"])];
      extra[`authentication.kubernetes.io/${shown}-uid`] = [text(object["uid"])];
    }
  }
  return serviceAccountUser(namespace, name, text(account["uid"]), extra);
}

const boundPod = (namespace: string, account: string, pod: Claims, node: Claims | undefined): BoundPod => ({
  namespace,
  name: text(pod["name"]),
  uid: text(pod["uid"]),
  account,
  ...(node === undefined ? {} : { node: text(node["name"]) }),
});
