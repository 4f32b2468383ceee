import { readFile } from "node:fs/promises";
import { instancePaths, readInstance, writeDurably } from "@bulkhead/host";
import {
  applyNodeAllowance,
  formatNodePolicy,
  type NodeAllowance,
  type NodePolicy,
  parseNodePolicy,
} from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";

export interface NodeOutcome {
  /** `unchanged`: it was so already. */
  readonly did: "node-allowed" | "node-taken-back" | "unchanged";
  readonly root: string;
  readonly file: string;
  readonly allowance: NodeAllowance;
}

/** The node's policy as it is. Throws the file system's error, or NodePolicyError. */
export async function readNodePolicy(root: string): Promise<NodePolicy> {
  return parseNodePolicy(await readFile(instancePaths(root).nodePolicy, "utf8"));
}

async function change(
  root: string,
  allowance: NodeAllowance,
  did: NodeOutcome["did"],
  next: (policy: NodePolicy) => NodePolicy,
): Promise<NodeOutcome> {
  if (process.getuid?.() !== 0)
    throw new CommandFailure(
      "the node's own policy is root's, and no right in the API can change it: sudo bulkhead allow node …",
    );
  const { nodePolicy: file } = instancePaths(root);
  if ((await readInstance(root)) === undefined)
    throw new CommandFailure(`no instance at ${root}; name another with --root`);
  const policy = await readNodePolicy(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new CommandFailure(
      `${file} is not there: this instance runs no pods (it was started with --only=apiserver)`,
      1,
      error,
    );
  });
  const [before, after] = [formatNodePolicy(policy), formatNodePolicy(next(policy))];
  if (before === after) return { did: "unchanged", root, file, allowance };
  await writeDurably(file, after, 0o600);
  return { did, root, file, allowance };
}

/** Adds to the node's policy file. */
export const allowOnNode = (root: string, allowance: NodeAllowance): Promise<NodeOutcome> =>
  change(root, allowance, "node-allowed", (policy) => applyNodeAllowance(policy, allowance));

/** Takes exactly this entry out of the node's policy file. */
export const takeBackOnNode = (root: string, allowance: NodeAllowance): Promise<NodeOutcome> =>
  change(root, allowance, "node-taken-back", (policy) => without(policy, allowance));

export function without(policy: NodePolicy, allowance: NodeAllowance): NodePolicy {
  switch (allowance.rule) {
    case "privileged-namespace":
      return { ...policy, privilegedNamespaces: policy.privilegedNamespaces.filter((n) => n !== allowance.namespace) };
    case "host-path": {
      const { path, readOnly } = allowance.hostPath;
      return { ...policy, hostPaths: policy.hostPaths.filter((h) => h.path !== path || h.readOnly !== readOnly) };
    }
    case "registry":
      return { ...policy, registries: policy.registries.filter((r) => r !== allowance.registry) };
  }
}
