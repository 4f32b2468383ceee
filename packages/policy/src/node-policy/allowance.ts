import { isDeepStrictEqual } from "node:util";
import { AllowError } from "../allow/allow-error.ts";
import { shellWord } from "../allow/shell.ts";
import type { Words } from "../allow/words.ts";
import { parseTime } from "../exception/exceptions.ts";
import { parseTrust } from "../image/trust.ts";
import { cleanPath, type HostPathRule, type NodePolicy, nodeRuleNames, type TimedAllowance } from "./node-policy.ts";

/** One thing more that a node's file is to allow. */
export type NodeAllowance =
  | { readonly rule: "privileged-namespace"; readonly namespace: string }
  | { readonly rule: "host-path"; readonly hostPath: HostPathRule }
  | { readonly rule: "registry"; readonly registry: string };

/** As it stands in a command and in the file: `shop`, `/var/log:ro`, `registry.example/shop/*`. */
export function nodeValue(allowance: NodeAllowance): string {
  switch (allowance.rule) {
    case "privileged-namespace":
      return allowance.namespace;
    case "host-path":
      return `${allowance.hostPath.path}${allowance.hostPath.readOnly ? ":ro" : ""}`;
    case "registry":
      return allowance.registry;
  }
}

/** `bulkhead allow node host-path /var/log:ro --reason "…"`: to be run as root on the node. */
export const allowNode = (allowance: NodeAllowance): string =>
  `bulkhead allow node ${allowance.rule} ${shellWord(nodeValue(allowance))} --reason "…"`;

/** Reads a rule's name and a value as `nodeValue` writes it. Throws AllowError. */
export function readNodeAllowance(rule: string, value: string): NodeAllowance {
  switch (rule) {
    case "privileged-namespace":
      if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value))
        throw new AllowError("value", `${JSON.stringify(value)} is no namespace`);
      return { rule, namespace: value };
    case "host-path": {
      const path = cleanPath(value.replace(/:ro$/, ""));
      if (path === undefined) throw new AllowError("value", `${JSON.stringify(value)} is no absolute path`);
      return { rule, hostPath: { path, readOnly: value.endsWith(":ro") } };
    }
    case "registry":
      if (parseTrust(value) === undefined) throw new AllowError("value", `${JSON.stringify(value)} is no registry`);
      return { rule, registry: value };
    default:
      throw new AllowError("rule", `a node's file knows ${nodeRuleNames.join(", ")}`);
  }
}

/** Reads the words after `bulkhead allow`, the first of them `node`. Throws AllowError. */
export function parseNodeAllowance({ positional, options }: Words): Pick<TimedAllowance, "rule" | "value"> {
  const [, rule = "", what = "", ...more] = positional;
  const unwanted = [...options.keys()].find((option) => !["--reason", "--for-days", "--until"].includes(option));
  if (unwanted !== undefined) throw new AllowError("usage", `${unwanted} does not go with bulkhead allow node`);
  if (more.length > 0 || what === "")
    throw new AllowError("usage", `write bulkhead allow node ${nodeRuleNames.join("|")} WHAT`);
  const allowance = readNodeAllowance(rule, what);
  return { rule: allowance.rule, value: nodeValue(allowance) };
}

const including = <T>(list: readonly T[], entry: T, same: (other: T) => boolean): readonly T[] =>
  list.some(same) ? list : [...list, entry];

/** The policy with the allowance in it. */
export function applyNodeAllowance(policy: NodePolicy, allowance: NodeAllowance): NodePolicy {
  switch (allowance.rule) {
    case "privileged-namespace":
      return {
        ...policy,
        privilegedNamespaces: including(
          policy.privilegedNamespaces,
          allowance.namespace,
          (n) => n === allowance.namespace,
        ),
      };
    case "host-path": {
      const { hostPath } = allowance;
      return {
        ...policy,
        hostPaths: including(
          policy.hostPaths,
          hostPath,
          (h) => h.path === hostPath.path && h.readOnly === hostPath.readOnly,
        ),
      };
    }
    case "registry":
      return {
        ...policy,
        registries: including(policy.registries, allowance.registry, (r) => r === allowance.registry),
      };
  }
}

const isSame =
  (one: Pick<TimedAllowance, "rule" | "value">) =>
  (other: TimedAllowance): boolean =>
    one.rule === other.rule && one.value === other.value;

const withAllowances = (policy: NodePolicy, allowances: readonly TimedAllowance[]): NodePolicy => {
  const { allowances: _, ...lists } = policy;
  return allowances.length === 0 ? lists : { ...lists, allowances };
};

/** The policy with this allowed for a while, again or anew; as it was where it is allowed without an end. */
export function allowOnNodeUntil(policy: NodePolicy, timed: TimedAllowance): NodePolicy {
  const lists = withAllowances(policy, []);
  const lasting = applyNodeAllowance(lists, readNodeAllowance(timed.rule, timed.value));
  if (isDeepStrictEqual(lists, lasting)) return policy;
  const others = (policy.allowances ?? []).filter((other) => !isSame(timed)(other));
  return withAllowances(policy, [...others, timed]);
}

/** The policy without this, whether it was allowed for a while or without an end. */
export function takeBackFromNode(
  policy: NodePolicy,
  { rule, value }: Pick<TimedAllowance, "rule" | "value">,
): NodePolicy {
  const kept = (policy.allowances ?? []).filter((other) => !isSame({ rule, value })(other));
  const rest = withAllowances(policy, kept);
  const allowance = readNodeAllowance(rule, value);
  switch (allowance.rule) {
    case "privileged-namespace":
      return { ...rest, privilegedNamespaces: rest.privilegedNamespaces.filter((n) => n !== allowance.namespace) };
    case "host-path": {
      const { path, readOnly } = allowance.hostPath;
      return { ...rest, hostPaths: rest.hostPaths.filter((h) => h.path !== path || h.readOnly !== readOnly) };
    }
    case "registry":
      return { ...rest, registries: rest.registries.filter((r) => r !== allowance.registry) };
  }
}

/** The policy as it is at a moment: what is allowed for a while stands among the rest until its end, and then nowhere. */
export function nodePolicyAt(policy: NodePolicy, now: number): NodePolicy {
  return (policy.allowances ?? [])
    .filter(({ expires }) => parseTime(expires) > now)
    .reduce(
      (lists, { rule, value }) => applyNodeAllowance(lists, readNodeAllowance(rule, value)),
      withAllowances(policy, []),
    );
}

/** When the policy changes next by itself (ms since the epoch); undefined: not by itself. */
export function nodePolicyUntil({ allowances = [] }: NodePolicy, now: number): number | undefined {
  const ends = allowances.map(({ expires }) => parseTime(expires)).filter((end) => end > now);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
