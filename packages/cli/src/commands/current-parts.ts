import { userInfo } from "node:os";
import { type CurrencyInventory, type PartHold, type PartPlan, planParts } from "@bulkhead/analysis";
import {
  askOffers,
  CommandError,
  compareDebianVersions,
  type InstancePaths,
  MachineLockError,
  type PartOffers,
  PartsError,
  type Progress,
  readHolds,
  readParts,
  type SelfTestStep,
  SwitchError,
  type Switched,
  selfTestParts,
  stageNewParts,
  switchBack,
  switchParts,
  withMachineLock,
  writeHolds,
} from "@bulkhead/host";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";
import { current } from "./current.ts";

export interface PartsOptions {
  readonly root?: string;
  readonly database?: string;
}

export interface PlanReport extends PartPlan {
  readonly root: string;
  /** When and where the suites were asked; absent: they could not be. */
  readonly asked?: Pick<PartOffers, "asked" | "suite" | "mirror" | "security">;
  readonly notes: readonly string[];
}

async function* nothing(): AsyncGenerator<Buffer> {}

const asRoot = (what: string): void => {
  if (process.getuid?.() !== 0) throw new CommandFailure(`${what} changes what root runs: sudo bulkhead current …`);
};

/** What would change of the parts, by what the suites have now. */
export async function planPartUpdates(options: PartsOptions, now = Date.now()): Promise<PlanReport> {
  const { paths } = await findInstance(options.root);
  const manifest = await readParts(paths.parts);
  if (manifest === undefined) throw new CommandFailure(`${paths.parts} holds no whole parts; bulkhead up brings them`);
  const notes: string[] = [];
  let offers: PartOffers | undefined;
  try {
    offers = await askOffers(paths, now);
    if (offers?.security === false)
      notes.push(`Debian ${offers.suite}-security could not be read: only ${offers.suite} itself was asked`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    notes.push(`Debian could not be asked: ${error.message}`);
  }
  notes.push("Bulkhead itself is no part: bulkhead current --ask looks its newest release up, bulkhead current plan --bulkhead shows its way back",);
  const inventory: CurrencyInventory = await current({ ...options, root: paths.root, kind: ["part"] }, nothing(), now);
  const plan = planParts({
    parts: manifest.parts,
    offers: offers?.offers,
    newer: (offer, than) => compareDebianVersions(offer, than) > 0,
    items: inventory.items,
    holds: await readHolds(paths),
    now,
  });
  return { root: paths.root, ...plan, ...(offers === undefined ? {} : { asked: offers }), notes };
}

export interface ApplyReport {
  readonly root: string;
  readonly plan: PlanReport;
  /** Empty: there was nothing to do. */
  readonly selfTest: readonly SelfTestStep[];
  /** Absent: nothing was switched. */
  readonly switched?: Switched;
}

/** Fetches, tries and switches. Throws CommandFailure where anything of it fails; then what ran before runs. */
export async function applyPartUpdates(options: PartsOptions, progress: Progress): Promise<ApplyReport> {
  asRoot("apply");
  const { paths } = await findInstance(options.root);
  return alone(paths, () => applyTo(paths, options, progress));
}

/** Nobody else changes the parts of this instance meanwhile. Throws CommandFailure where somebody does for minutes. */
async function alone<T>(paths: InstancePaths, work: () => Promise<T>): Promise<T> {
  try {
    return await withMachineLock(work, { file: `${paths.parts}.lock`, remove: true });
  } catch (error) {
    if (error instanceof MachineLockError)
      throw new CommandFailure(`${paths.parts}: somebody else changes them now`, 1, error);
    throw error;
  }
}

async function applyTo(paths: InstancePaths, options: PartsOptions, progress: Progress): Promise<ApplyReport> {
  progress.step("parts: asking what the suites have");
  const plan = await planPartUpdates({ ...options, root: paths.root });
  const due = plan.steps.filter(({ held }) => held === undefined);
  if (due.length === 0) {
    if (plan.asked === undefined) throw new CommandFailure(plan.notes.join("; "), 1);
    return { root: paths.root, plan, selfTest: [] };
  }
  const keep = plan.steps.filter(({ held }) => held !== undefined).map(({ part }) => part);
  try {
    await stageNewParts(paths, keep, progress);
    progress.step("parts: tried beside what runs");
    const selfTest = await selfTestParts(paths);
    const failed = selfTest.filter(({ passed }) => !passed);
    if (failed.length > 0)
      throw new CommandFailure(
        `the new parts failed their test, and nothing was changed: ${failed.map(({ what, says }) => `${what}: ${says}`).join("; ")}`,
        1,
      );
    return { root: paths.root, plan, selfTest, switched: await switchParts(paths, progress) };
  } catch (error) {
    throw partFailure(error);
  }
}

/** Puts the earlier parts back. */
export async function rollBackParts(
  options: PartsOptions,
  progress: Progress,
): Promise<Switched & { readonly root: string }> {
  asRoot("rollback");
  const { paths } = await findInstance(options.root);
  try {
    return { root: paths.root, ...(await alone(paths, () => switchBack(paths, progress))) };
  } catch (error) {
    throw partFailure(error);
  }
}

function partFailure(error: unknown): unknown {
  if (error instanceof SwitchError)
    return new CommandFailure(error.message, error.code === "not-healthy" ? 1 : 2, error);
  if (error instanceof PartsError || error instanceof CommandError) return new CommandFailure(error.message, 1, error);
  return error;
}

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
  const sudoer = process.env["SUDO_USER"] ?? "";
  const by = sudoer === "" || sudoer === "root" ? userInfo().username : `${sudoer} (as root)`;
  const hold = { part, reason, by, since: new Date(now).toISOString(), until: new Date(end).toISOString() };
  await writeHolds(paths, [...others, hold]);
  return [...others, hold];
}

async function known(paths: InstancePaths, part: string): Promise<void> {
  const names = (await readParts(paths.parts))?.parts.map(({ name }) => name) ?? [];
  if (!names.includes(part)) throw new CommandFailure(`there is no part ${part}: ${names.join(", ")}`);
}
