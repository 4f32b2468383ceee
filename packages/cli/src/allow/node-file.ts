import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { instancePaths, writeDurably } from "@bulkhead/host";
import {
  allowOnNodeUntil,
  formatNodePolicy,
  type NodePolicy,
  parseNodePolicy,
  type TimedAllowance,
  takeBackFromNode,
} from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";
import { onlyRoot } from "../only-root.ts";

export interface NodeOutcome {
  /** `unchanged`: it was so already. */
  readonly did: "node-allowed" | "node-taken-back" | "unchanged";
  readonly root: string;
  readonly file: string;
  readonly allowance: TimedAllowance;
}

/**
 * The node's policy as the file has it: root's own, or the copy that everyone may read. Throws the file system's error, or
 * NodePolicyError.
 */
export async function readNodePolicy(root: string): Promise<NodePolicy> {
  const paths = instancePaths(root);
  const text = await readFile(paths.nodePolicy, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EACCES") throw error;
    return readFile(join(paths.run, "node-policy.json"), "utf8");
  });
  return parseNodePolicy(text);
}

async function change(
  root: string,
  allowance: TimedAllowance,
  did: NodeOutcome["did"],
  next: (policy: NodePolicy) => NodePolicy,
): Promise<NodeOutcome> {
  onlyRoot("the node's own policy is root's, and no right in the API can change it: sudo bulkhead allow node …");
  const { nodePolicy: file } = instancePaths(root);
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

/** Adds to the node's policy file, or renews what is there. */
export const allowOnNode = (root: string, allowance: TimedAllowance): Promise<NodeOutcome> =>
  change(root, allowance, "node-allowed", (policy) => allowOnNodeUntil(policy, allowance));

/** Takes exactly this entry out of the node's policy file. */
export const takeBackOnNode = (root: string, allowance: TimedAllowance): Promise<NodeOutcome> =>
  change(root, allowance, "node-taken-back", (policy) => takeBackFromNode(policy, allowance));
