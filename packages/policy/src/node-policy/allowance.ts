import { AllowError } from "../allow/allow-error.ts";
import { shellWord } from "../allow/shell.ts";
import type { Words } from "../allow/words.ts";
import { parseTrust } from "../image/trust.ts";
import { cleanPath, type HostPathRule, type NodePolicy } from "./node-policy.ts";

/** One thing more that a node's file is to allow. */
export type NodeAllowance =
  | { readonly rule: "privileged-namespace"; readonly namespace: string }
  | { readonly rule: "host-path"; readonly hostPath: HostPathRule }
  | { readonly rule: "registry"; readonly registry: string };

/** `bulkhead allow node host-path /var/log:ro`: to be run as root on the node. */
export function allowNode(allowance: NodeAllowance): string {
  switch (allowance.rule) {
    case "privileged-namespace":
      return `bulkhead allow node privileged-namespace ${shellWord(allowance.namespace)}`;
    case "host-path":
      return `bulkhead allow node host-path ${shellWord(`${allowance.hostPath.path}${allowance.hostPath.readOnly ? ":ro" : ""}`)}`;
    case "registry":
      return `bulkhead allow node registry ${shellWord(allowance.registry)}`;
  }
}

/** Reads the words after `bulkhead allow`, the first of them `node`. Throws AllowError. */
export function parseNodeAllowance({ positional, options }: Words): NodeAllowance {
  const [, rule, what = "", ...more] = positional;
  const unwanted = [...options.keys()].find((option) => option !== "--reason");
  if (unwanted !== undefined)
    throw new AllowError("usage", `${unwanted} does not go with bulkhead allow node: its file has no end`);
  if (more.length > 0 || what === "")
    throw new AllowError("usage", "write bulkhead allow node privileged-namespace|host-path|registry WHAT");
  switch (rule) {
    case "privileged-namespace":
      if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(what))
        throw new AllowError("value", `${JSON.stringify(what)} is no namespace`);
      return { rule, namespace: what };
    case "host-path": {
      const path = cleanPath(what.replace(/:ro$/, ""));
      if (path === undefined) throw new AllowError("value", `${JSON.stringify(what)} is no absolute path`);
      return { rule, hostPath: { path, readOnly: what.endsWith(":ro") } };
    }
    case "registry":
      if (parseTrust(what) === undefined) throw new AllowError("value", `${JSON.stringify(what)} is no registry`);
      return { rule, registry: what };
    default:
      throw new AllowError("rule", "a node's file knows privileged-namespace, host-path and registry");
  }
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
