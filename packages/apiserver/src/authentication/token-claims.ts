import { randomUUID } from "node:crypto";

/** An object that a token is bound to: when it goes, or another takes its name, the token is dead. */
export interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

/** The claims of a service account token, in upstream's shape. */
export interface ServiceAccountClaims {
  readonly iss: string;
  readonly aud: readonly string[];
  /** Seconds since the epoch, all three. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly sub: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: BoundObject;
    readonly pod?: BoundObject;
    readonly secret?: BoundObject;
    readonly node?: BoundObject;
    /** Past this a token is due for renewal, though still good. */
    readonly warnafter?: number;
  };
}

/** The claims of a person's short-lived token, ours. */
export interface UserClaims {
  readonly iss: string;
  readonly aud: readonly string[];
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly sub: string;
  readonly "bulkhead.dev": { readonly user: string; readonly groups: readonly string[] };
}

interface Lifetime {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Seconds. */
  readonly lifetime: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const times = ({ issuer, audiences, lifetime, now }: Lifetime) => {
  const iat = Math.floor(now / 1000);
  return { iss: issuer, aud: audiences, iat, nbf: iat, exp: iat + lifetime, jti: randomUUID() };
};

export function serviceAccountClaims(
  of: {
    readonly namespace: string;
    readonly account: BoundObject;
    readonly pod?: BoundObject | undefined;
    readonly secret?: BoundObject | undefined;
    readonly node?: BoundObject | undefined;
    readonly warnAfter?: number | undefined;
  } & Lifetime,
): ServiceAccountClaims {
  return {
    ...times(of),
    sub: `system:serviceaccount:${of.namespace}:${of.account.name}`,
    "kubernetes.io": {
      namespace: of.namespace,
      serviceaccount: of.account,
      ...(of.pod === undefined ? {} : { pod: of.pod }),
      ...(of.secret === undefined ? {} : { secret: of.secret }),
      ...(of.node === undefined ? {} : { node: of.node }),
      ...(of.warnAfter === undefined ? {} : { warnafter: Math.floor(of.now / 1000) + of.warnAfter }),
    },
  };
}

/** Claims for `bulkhead token --user U --group G`. Refused names (system:…) are the issuer's business. */
export function userClaims(of: { readonly user: string; readonly groups: readonly string[] } & Lifetime): UserClaims {
  return { ...times(of), sub: `user:${of.user}`, "bulkhead.dev": { user: of.user, groups: of.groups } };
}
