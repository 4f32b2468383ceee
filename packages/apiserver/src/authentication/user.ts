/** Who asks. */
export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export const anonymous: User = {
  name: "system:anonymous",
  uid: "",
  groups: ["system:unauthenticated"],
  extra: {},
};

const authenticated = "system:authenticated";

/** A user that some authenticator vouches for is in system:authenticated. */
export const withAuthenticated = (user: User): User =>
  user.groups.includes(authenticated) ? user : { ...user, groups: [...user.groups, authenticated] };

/** system:masters passes every authorizer; nobody should need it after the first minute. */
export const isMaster = (user: User): boolean => user.groups.includes("system:masters");

/** `system:serviceaccount:NAMESPACE:NAME` taken apart, or undefined. */
export function serviceAccountOf(userName: string): { readonly namespace: string; readonly name: string } | undefined {
  const prefix = "system:serviceaccount:";
  if (!userName.startsWith(prefix)) return undefined;
  const [namespace = "", name = "", ...more] = userName.slice(prefix.length).split(":");
  return namespace === "" || name === "" || more.length > 0 ? undefined : { namespace, name };
}

/** The user that a service account is. */
export const serviceAccountUser = (namespace: string, name: string, uid: string, extra: User["extra"] = {}): User => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  uid,
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  extra,
});
