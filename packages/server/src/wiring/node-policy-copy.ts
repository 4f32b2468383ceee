import { readFileSync, watchFile } from "node:fs";
import { join } from "node:path";
import type { Log } from "@bulkhead/api";
import { fileMark, type InstancePaths, readIfThere, writeDurably } from "@bulkhead/host";
import { type NodePolicy, NodePolicyError, nodePolicyAt, nodePolicyUntil, parseNodePolicy } from "@bulkhead/policy";

/** A copy of the node's own policy that every program may read. The agent alone goes by the file itself. */
export const nodePolicyCopy = (paths: InstancePaths): string => join(paths.run, "node-policy.json");

/** Copies the file as it is, damaged or not: readers are to see what the node sees. Nothing where there is none. */
export async function copyNodePolicy(paths: InstancePaths): Promise<void> {
  const text = await readIfThere(paths.nodePolicy);
  if (text !== undefined) await writeDurably(nodePolicyCopy(paths), text, 0o644);
}

/** To be called again and again: copies the file when it changed. A failure is told once and tried again. */
export function nodePolicyPublisher(paths: InstancePaths, log: Log): () => Promise<void> {
  let copied: string | undefined;
  let told = false;
  return async () => {
    const mark = fileMark(paths.nodePolicy);
    if (mark === copied) return;
    try {
      await copyNodePolicy(paths);
      copied = mark;
      told = false;
    } catch (error) {
      if (!told) log.error({ error: String(error) }, "the node's policy could not be copied for those who explain it");
      told = true;
    }
  };
}

/** The node's policy for deciders beside the node: as it is at a moment, why it cannot be read, undefined where there is none. */
export interface NodePolicyView {
  at(now: number): NodePolicy | NodePolicyError | undefined;
  /** Called when the file changed (looked at every two seconds), and when something in it ended. */
  onChange(wake: () => void): void;
}

/** Reads the copy, anew when it changed: one look at the file's time a question. */
export function followNodePolicy(file: string): NodePolicyView {
  let known: { readonly mark: string; readonly policy: NodePolicy | NodePolicyError } | undefined;
  const read = (): NodePolicy | NodePolicyError | undefined => {
    const mark = fileMark(file);
    if (mark === undefined) return undefined;
    if (known?.mark !== mark) known = { mark, policy: parsed(file) };
    return known.policy;
  };
  return {
    at: (now) => {
      const policy = read();
      return policy === undefined || policy instanceof NodePolicyError ? policy : nodePolicyAt(policy, now);
    },
    onChange: (wake) => {
      let timer: NodeJS.Timeout | undefined;
      const next = (): void => {
        clearTimeout(timer);
        const policy = read();
        const until =
          policy === undefined || policy instanceof NodePolicyError ? undefined : nodePolicyUntil(policy, Date.now());
        if (until !== undefined) timer = setTimeout(changed, Math.min(until - Date.now() + 1, 86_400_000)).unref();
      };
      const changed = (): void => {
        next();
        wake();
      };
      watchFile(file, { interval: 2000, persistent: false }, changed);
      next();
    },
  };
}

function parsed(file: string): NodePolicy | NodePolicyError {
  try {
    return parseNodePolicy(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof NodePolicyError) return error;
    throw error;
  }
}
