import type { PartHold } from "@bulkhead/analysis";
import { bulkheadItself } from "@bulkhead/api";
import { type InstancePaths, readHolds, readParts, writeHolds } from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";
import { personHere } from "../instance/person-here.ts";
import { asRoot, type PartsOptions } from "./current-parts.ts";

export interface HoldOptions extends PartsOptions {
  readonly reason?: string;
  readonly until?: string;
  readonly remove?: boolean;
}

const longest = 366 * 86_400_000;

/** `2026-12-24`, RFC 3339, or a time from now: `7d`, `12h`. Undefined for anything else. */
export function untilOf(text: string, now: number): number | undefined {
  const [, amount, unit] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  if (amount !== undefined)
    return now + Number(amount) * { h: 3_600_000, d: 86_400_000, w: 604_800_000 }[unit as "h" | "d" | "w"];
  const at = /^\d{4}-\d{2}-\d{2}(?:T\S+)?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** Writes a hold down, or takes it away; without a part only tells those that there are. */
export async function holdPart(
  part: string | undefined,
  options: HoldOptions,
  now = Date.now(),
): Promise<readonly PartHold[]> {
  const { paths } = await findInstance(options.root);
  const holds = await readHolds(paths);
  if (part === undefined) return holds;
  asRoot("hold");
  await known(paths, part);
  const others = holds.filter((hold) => hold.part !== part);
  if (options.remove === true) {
    if (others.length === holds.length) throw new CommandFailure(`${part} is not held`);
    await writeHolds(paths, others);
    return others;
  }
  const { reason = "", until = "" } = options;
  const end = untilOf(until, now);
  if (reason.trim() === "") throw new CommandFailure("--reason: say why it must not change");
  if (end === undefined || end <= now || end - now > longest)
    throw new CommandFailure(`--until ${until}: a day to come within a year (2026-12-24), or a time from now (7d)`);
  const hold = {
    part,
    reason,
    by: personHere(),
    since: new Date(now).toISOString(),
    until: new Date(end).toISOString(),
  };
  await writeHolds(paths, [...others, hold]);
  return [...others, hold];
}

async function known(paths: InstancePaths, part: string): Promise<void> {
  const names = [...((await readParts(paths.parts))?.parts.map(({ name }) => name) ?? []), bulkheadItself];
  if (!names.includes(part)) throw new CommandFailure(`there is no part ${part}: ${names.join(", ")}`);
}
