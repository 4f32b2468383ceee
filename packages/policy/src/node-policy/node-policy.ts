/** The node's own rules: a root-owned file that the API cannot change. What it does not name does not exist here. */
export interface NodePolicy {
  /** Namespaces whose pods may have power over the node; `*`: all. */
  readonly privilegedNamespaces: readonly string[];
  /** Host paths that pods may mount, with everything below them. */
  readonly hostPaths: readonly HostPathRule[];
  /** `registry.example:5000`, `registry.example/shop/*`, `*`. */
  readonly registries: readonly string[];
  /** Blocks of addresses inside (private, the machine's own) that a webhook of an object may be at; none unless named. */
  readonly webhooks?: readonly string[];
  /** What is allowed besides, for a while. It counts through `nodePolicyAt` alone. */
  readonly allowances?: readonly TimedAllowance[];
}

/** The rules of a node that an allowance lifts. */
export const nodeRuleNames = ["privileged-namespace", "host-path", "registry"] as const;
export type NodeRuleName = (typeof nodeRuleNames)[number];

/** One thing more that a node allows, and for how long. */
export interface TimedAllowance {
  readonly rule: NodeRuleName;
  /** As in the command: a namespace, `/var/log:ro`, a registry. */
  readonly value: string;
  readonly reason: string;
  readonly author: string;
  /** RFC 3339; from this moment on it allows nothing. */
  readonly expires: string;
}

export interface HostPathRule {
  readonly path: string;
  readonly readOnly: boolean;
}

/** What a node without a file has: nothing privileged, no host path, no image. */
export const closedNodePolicy: NodePolicy = { privilegedNamespaces: [], hostPaths: [], registries: [] };

/** What `--defaults=kubernetes` has: everything, as upstream. */
export const openNodePolicy: NodePolicy = {
  privilegedNamespaces: ["*"],
  hostPaths: [{ path: "/", readOnly: false }],
  registries: ["*"],
};

/** An absolute path without `.`, `..` or empty parts; undefined otherwise. A slash at the end is dropped. */
export function cleanPath(path: string): string | undefined {
  if (!path.startsWith("/") || path.includes("\0")) return undefined;
  const parts = path.replace(/\/+$/, "").split("/").slice(1);
  return parts.some((part) => part === "" || part === "." || part === "..") ? undefined : `/${parts.join("/")}`;
}

/**
 * Whether a path of the node may be mounted. Ask again with the path that symbolic links lead to, before mounting.
 */
export function hostPathAllowed(policy: NodePolicy, path: string, readOnly: boolean): boolean {
  const clean = cleanPath(path);
  if (clean === undefined) return false;
  return policy.hostPaths.some((rule) => {
    const root = cleanPath(rule.path);
    if (root === undefined || (rule.readOnly && !readOnly)) return false;
    return root === "/" || clean === root || clean.startsWith(`${root}/`);
  });
}
