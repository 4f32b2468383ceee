import { readdirSync, readFileSync } from "node:fs";
import { identify, type ProcessIdentity, signal } from "./process-identity.ts";

/** The environment variable that every process of an instance carries, and what it started inherits: `ID/NAME`. */
export const processMark = "BULKHEAD_PROCESS";

/** A process that carries an instance's mark. */
export interface MarkedProcess {
  /** The name in the table of processes. */
  readonly name: string;
  readonly identity: ProcessIdentity;
  /** Its program, as it was started. */
  readonly program: string;
  /** Its real user: what a process says of itself it may have made up, this not. */
  readonly user: number;
}

/** Every living process with the mark of this instance: found in /proc, so that no lost note hides one. Needs root. */
export function findMarked(instanceId: string): MarkedProcess[] {
  const found: MarkedProcess[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, "latin1").split("\0");
      const mark = environment.find((e) => e.startsWith(`${processMark}=${instanceId}/`));
      if (mark === undefined) continue;
      const identity = identify(Number(entry));
      if (identity === undefined) continue;
      const program = readFileSync(`/proc/${entry}/cmdline`, "latin1").split("\0")[0] ?? "";
      const user = Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, "utf8"))?.[1] ?? -1);
      found.push({ name: mark.slice(processMark.length + instanceId.length + 2), identity, program, user });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

/** Ends every process with the mark of this instance, and what is left after two seconds by force. */
export async function endMarked(instanceId: string): Promise<number> {
  const first = findMarked(instanceId);
  for (const { identity } of first) signal(identity, "SIGTERM");
  const deadline = performance.now() + 2000;
  while (findMarked(instanceId).length > 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  for (const { identity } of findMarked(instanceId)) signal(identity, "SIGKILL");
  return first.length;
}
