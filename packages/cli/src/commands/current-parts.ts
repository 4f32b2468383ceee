import { type PartPlan, type PartPlanFacts, type PartStep, planParts } from "@bulkhead/analysis";
import { type ActedOnPart } from "@bulkhead/api";
import {
  askOffers,
  CommandError,
  compareDebianVersions,
  dropFetched,
  fetchNewParts,
  type InstancePaths,
  installedPrograms,
  MachineLockError,
  type PartOffers,
  PartsError,
  type Progress,
  readParts,
  rememberOutcome,
  type SelfTestStep,
  SwitchError,
  type Switched,
  selfTestParts,
  stageNewParts,
  switchBack,
  switchParts,
  trialGroups,
  withMachineLock,
} from "@bulkhead/host";
import type { CurrencyRuleSet } from "@bulkhead/policy";
import { rulesForPerson } from "../current/currency-rules.ts";
import { machineInventory } from "../current/machine-inventory.ts";
import { type FailedTrial, type PutIn, TrialFailure, tryParts } from "../current/part-trials.ts";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";
import { onlyRoot } from "../only-root.ts";
import { askFollowed } from "../release/followed.ts";
import { knownReleaseStep } from "../release/may-put-in.ts";

export interface PartsOptions {
  readonly root?: string;
  readonly database?: string;
}

/** On whose word parts are changed, and by which rules; absent: whoever is root, and what the API says. */
export interface PartsDecision {
  readonly rules?: CurrencyRuleSet;
  readonly by?: ActedOnPart["by"];
  /** Which steps of the plan are taken. */
  readonly due?: (step: PartStep) => boolean;
}

/** For a person: what the decider lets pass, and what failed before, since asking for it again is a person's word. */
export const dueForPerson = ({ verdict: { decision } }: PartStep): boolean =>
  decision === "now" || decision === "failed";

export interface PlanReport extends PartPlan {
  /** Of Bulkhead itself, where root said where releases come from and something newer is there. */
  readonly bulkhead?: PartStep;
  readonly root: string;
  /** When and where the suites were asked; absent: they could not be. */
  readonly asked?: Pick<PartOffers, "asked" | "suite" | "mirror" | "security">;
  readonly notes: readonly string[];
}

/** Throws CommandFailure for whoever is not root. */
export const asRoot = (what: string): void => {
  onlyRoot(`${what} changes what root runs: sudo bulkhead current …`);
};

/** What would change of the parts, by what the suites have now. */
export async function planPartUpdates(
  options: PartsOptions,
  now = Date.now(),
  given?: CurrencyRuleSet,
): Promise<PlanReport> {
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
  const here = (await installedPrograms(paths))?.version;
  const release = here === undefined ? undefined : await askFollowed(paths, here, now, true);
  notes.push(...(release?.gaps ?? [unfollowed]));
  const { inventory } = await machineInventory(paths, options.database, now);
  const { rules, note } = given === undefined ? await rulesForPerson(paths) : { rules: given, note: undefined };
  if (note !== undefined) notes.push(note);
  const plan = partPlan(manifest.parts, offers, inventory.items, rules, now);
  const bulkhead = here === undefined ? undefined : await knownReleaseStep(paths, here, inventory.items, rules, now);
  return {
    root: paths.root,
    ...plan,
    ...(bulkhead === undefined ? {} : { bulkhead }),
    ...(offers === undefined ? {} : { asked: offers }),
    notes,
  };
}

const unfollowed =
  "Bulkhead itself is no part: bulkhead current follow says where its releases come from, bulkhead current plan --bulkhead shows its way back";

/** What would change by what the suites said when they were asked; undefined: nobody was. */
export const partPlan = (
  parts: PartPlanFacts["parts"],
  offers: PartOffers | undefined,
  items: PartPlanFacts["items"],
  rules: CurrencyRuleSet,
  now: number,
): PartPlan =>
  planParts({
    parts,
    offers: offers?.offers,
    newer: (offer, than) => compareDebianVersions(offer, than) > 0,
    items,
    rules,
    now,
  });

export interface ApplyReport {
  readonly root: string;
  readonly plan: PlanReport;
  /** Empty: there was nothing to do. */
  readonly selfTest: readonly SelfTestStep[];
  /** Absent: nothing was switched. */
  readonly switched?: Switched;
  /** Parts that failed while others went in. */
  readonly failed?: readonly FailedTrial[];
}

/** Fetches, tries and switches. Throws CommandFailure where anything of it fails; then what ran before runs. */
export async function applyPartUpdates(
  options: PartsOptions,
  progress: Progress,
  decision: PartsDecision = {},
): Promise<ApplyReport> {
  asRoot("apply");
  const { paths } = await findInstance(options.root);
  return alone(paths, () => applyTo(paths, options, progress, decision));
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

async function applyTo(
  paths: InstancePaths,
  options: PartsOptions,
  progress: Progress,
  { rules, by = "Root", due: isDue = dueForPerson }: PartsDecision,
): Promise<ApplyReport> {
  progress.step("parts: asking what the suites have");
  const plan = await planPartUpdates({ ...options, root: paths.root }, Date.now(), rules);
  const due = plan.steps.filter(isDue);
  if (due.length === 0) {
    if (plan.asked === undefined) throw new CommandFailure(plan.notes.join("; "), 1);
    return { root: paths.root, plan, selfTest: [] };
  }
  const remember = (parts: readonly string[], outcome: ActedOnPart["outcome"], says: string): Promise<void> => {
    const changes = due.filter(({ part }) => parts.includes(part));
    return rememberOutcome(paths, { changes, outcome, says, ...wordOf(by, changes), at: Date.now() });
  };
  try {
    const fetched = await fetchNewParts(paths, progress).catch((error: unknown) => {
      // What could not be fetched was not tried.
      throw partFailure(error);
    });
    const needs = (part: string) => fetched.parts.find(({ name }) => name === part)?.needs ?? [];
    const names = fetched.parts.map(({ name }) => name);
    const trials = await tryParts(trialGroups(due, needs), async (parts, more) => {
      const done = await putIn(paths, names, parts, more, progress);
      await remember(parts, "Applied", `tested; ${done.switched.containers} containers ran on`);
      return done;
    });
    for (const { parts, why } of trials.failed) await remember(parts, "Failed", why);
    const [first] = trials.failed;
    if (trials.switched === undefined && first !== undefined) throw new CommandFailure(first.why, 1);
    return { root: paths.root, plan, ...trials };
  } finally {
    await dropFetched(paths);
  }
}

/** On whose word: what is done by policy names those that spoke for it. */
function wordOf(
  by: ActedOnPart["by"],
  steps: readonly PartStep[],
): Pick<ActedOnPart, "by" | "policies" | "approvedBy"> {
  if (by === "Root") return { by };
  const all = (of: (verdict: PartStep["verdict"]) => readonly string[]): string[] => [
    ...new Set(steps.flatMap(({ verdict }) => of(verdict))),
  ];
  const approvedBy = all((verdict) => verdict.approvedBy);
  return { by, policies: all(({ policies }) => policies), ...(approvedBy.length === 0 ? {} : { approvedBy }) };
}

/** Tries parts beside what runs, and switches to them. Throws TrialFailure where they are not well. */
async function putIn(
  paths: InstancePaths,
  all: readonly string[],
  parts: readonly string[],
  more: boolean,
  progress: Progress,
): Promise<PutIn> {
  await stageNewParts(
    paths,
    all.filter((part) => !parts.includes(part)),
  );
  progress.step(`parts: ${parts.join(", ")} tried beside what runs`);
  const selfTest = await selfTestParts(paths);
  const failed = selfTest.filter(({ passed }) => !passed).map(({ what, says }) => `${what}: ${says}`);
  if (failed.length > 0)
    throw new TrialFailure(`the new parts failed their test, and nothing was changed: ${failed.join("; ")}`, 1);
  try {
    return { selfTest, switched: await switchParts(paths, progress, more) };
  } catch (error) {
    if (error instanceof SwitchError && error.code === "not-healthy") throw new TrialFailure(error.message, 1, error);
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
    const switched = await alone(paths, () => switchBack(paths, progress));
    // What a person took back is put in again by a person alone.
    const changes = switched.changes.map(({ part, from, to }) => ({ part, from: to, to: from }));
    const says = "a person put the earlier revision back";
    await rememberOutcome(paths, { changes, outcome: "TakenBack", says, by: "Root", at: Date.now() });
    return { root: paths.root, ...switched };
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
