import { join } from "node:path";
import type { AuditEvent } from "@bulkhead/audit";
import { type InstancePaths, readJsonIfThere, writeDurably } from "@bulkhead/host";

/** What root knows of an instance's audit log without reading all of it again: audit.json, root's alone. */
export interface AuditLooks {
  /** The last verification of the whole chain. `at`: RFC 3339. */
  readonly verified?: { readonly ok: boolean; readonly at: string };
  /** When a signed checkpoint was last taken out. RFC 3339. */
  readonly exported?: string;
  /** Whether somebody worked as system:masters in the week before `at`: the last time, and with what. */
  readonly masters?: { readonly at: string; readonly last?: { readonly at: string; readonly with: string } };
}

const fileOf = ({ root }: Pick<InstancePaths, "root">): string => join(root, "audit.json");

/** Undefined where only root may read it; empty where nobody looked yet. */
export async function readAuditLooks(paths: Pick<InstancePaths, "root">): Promise<AuditLooks | undefined> {
  try {
    return (await readJsonIfThere<AuditLooks>(fileOf(paths))) ?? {};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    // Of what was damaged nothing is known; the next look writes it anew.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Notes what was just seen. Whoever is not root keeps no notes. */
export async function noteAuditLook(paths: Pick<InstancePaths, "root">, seen: AuditLooks): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await writeDurably(fileOf(paths), `${JSON.stringify({ ...(await readAuditLooks(paths)), ...seen })}\n`, 0o600);
}

const day = 86_400_000;

/** The facts of posture in it. A checkpoint that was taken out a month ago says nothing of what was written since. */
export const auditLookFacts = (looks: AuditLooks, paths: Pick<InstancePaths, "root">, now: number) => {
  const { verified, exported, masters } = looks;
  const where = fileOf(paths);
  return {
    ...(verified === undefined ? {} : { verified: { value: verified, where } }),
    checkpointsExported: { value: exported !== undefined && now - Date.parse(exported) < 31 * day, where },
    ...(masters === undefined
      ? {}
      : {
          mastersUsed: {
            value: masters.last !== undefined,
            where: masters.last === undefined ? where : `the audit log: ${masters.last.with} at ${masters.last.at}`,
          },
        }),
  };
};

/**
 * The last request of system:masters since a time that was not one of this program's own: root's commands have no other
 * certificate. What says that it is this program is believed: it is asked how people work, not who broke in.
 */
export function lastOfMasters(
  events: Iterable<Pick<AuditEvent, "user" | "userAgent" | "requestReceivedTimestamp">>,
  since: number,
): { readonly at: string; readonly with: string } | undefined {
  let last: { readonly at: string; readonly with: string } | undefined;
  for (const { user, userAgent = "", requestReceivedTimestamp: at } of events) {
    if (user.groups?.includes("system:masters") !== true || /^bulkhead(?:$|\/)/.test(userAgent)) continue;
    if (Date.parse(at) >= since) last = { at, with: userAgent.split(" ")[0] ?? "" };
  }
  return last;
}
