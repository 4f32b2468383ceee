const prefix = "system:serviceaccount:";

export const serviceAccountUserName = (namespace: string, name: string): string => `${prefix}${namespace}:${name}`;

/** The groups of every service account of a namespace; whoever authenticates adds system:authenticated. */
export const serviceAccountGroups = (namespace: string): readonly string[] => [
  "system:serviceaccounts",
  `system:serviceaccounts:${namespace}`,
];

/** Takes a user name apart; undefined when it is no service account's. */
export function parseServiceAccountUserName(
  user: string,
): { readonly namespace: string; readonly name: string } | undefined {
  if (!user.startsWith(prefix)) return undefined;
  const [namespace = "", name = "", ...more] = user.slice(prefix.length).split(":");
  return namespace === "" || name === "" || more.length > 0 ? undefined : { namespace, name };
}
