import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type DatabaseCopy,
  type InstanceConfig,
  type InstancePaths,
  installedPrograms,
  type PlacedPrograms,
  type Progress,
  ReleaseError,
  releaseFolders,
  type SelfTestStep,
  settlePrograms,
} from "@bulkhead/host";
import { NpmReleaseError } from "@bulkhead/images";
import { CommandFailure } from "../exit-codes.ts";
import { findInstance } from "../instance/find-instance.ts";
import { copyDatabase } from "../release/database-copy.ts";
import { endSwitchAlone } from "../release/end-switch.ts";
import { followedOptions } from "../release/followed.ts";
import { asPerson, byPolicy, type MayPutIn, root } from "../release/may-put-in.ts";
import type { Moved } from "../release/move-programs.ts";
import { type ReleasePlan, refusalText } from "../release/release-plan.ts";
import { dropStaged, placeRelease, stageRelease } from "../release/stage-release.ts";
import {
  aloneWithPrograms,
  type Note,
  placed,
  recorder,
  rememberRelease,
  switchRelease,
} from "../release/switch-release.ts";
import { clearTrials, tryRelease } from "../release/trial.ts";
import { asRoot, type BulkheadOptions, hereOf, planOf } from "./current-release.ts";

export interface BulkheadApplied {
  readonly root: string;
  readonly plan: ReleasePlan;
  readonly vouched: string;
  readonly selfTest: readonly SelfTestStep[];
  /** Absent: there was nothing to do. */
  readonly moved?: Moved;
  readonly copy?: DatabaseCopy;
  /** Whether each step got into the audit log; steps while the API was away did not. */
  readonly audited: boolean;
}

/** Puts a release in: vouched for, tried on a copy of the data, exchanged, watched, and taken back where it is not well. */
export async function applyBulkhead(
  which: string,
  options: BulkheadOptions,
  progress: Progress,
  mayPutIn: MayPutIn = asPerson,
  now = Date.now(),
): Promise<BulkheadApplied> {
  asRoot("apply");
  const { paths, config } = await findInstance(options.root);
  return aloneWithPrograms(paths, async () => {
    await endSwitchAlone(paths, config, progress, { start: false });
    const here = placed(await hereOf(paths));
    const staged = await stageRelease(paths, which, options, progress, now);
    const { vouched } = staged;
    const [plan, word] = await Promise.resolve()
      .then(async () => {
        const step = planOf(paths, here, staged);
        return [step, step.step === "update" ? await mayPutIn(paths, step) : root] as const;
      })
      .catch(async (error: unknown) => {
        await dropStaged(staged);
        throw error;
      });
    const { from, to: version } = plan;
    const note = recorder({ paths, config, from, to: version, policies: word.policies });
    if (plan.step !== "update") {
      await dropStaged(staged);
      if (plan.step === "nothing") return { root: paths.root, plan, vouched, selfTest: [], audited: true };
      await note("refused", refusalText(plan));
      throw new RefusedRelease(refusalText(plan), 1);
    }
    await settlePrograms(paths, here.folder);
    await clearTrials(paths);
    const to: PlacedPrograms = {
      version: plan.to,
      folder: staged.manifest.version,
      schema: staged.manifest.schema,
      manifest: staged.manifestDigest,
      vouched,
      since: new Date(now).toISOString(),
    };
    const place = await placeRelease(paths, staged);
    await note("staged", `${vouched}; ${staged.integrity}`);
    try {
      const selfTest = await tried(place, paths, config, plan, note, progress).catch(async (error: unknown) => {
        if (error instanceof CommandFailure)
          await rememberRelease(paths, { from: here, to }, "Failed", error.message, word);
        throw error;
      });
      const switched = await switchRelease(paths, config, { from: here, to }, word, note, progress);
      return { root: paths.root, plan, vouched, selfTest, ...switched, audited: note.all };
    } catch (error) {
      if ((await installedPrograms(paths))?.folder !== to.folder) await rm(place, { recursive: true, force: true });
      throw error;
    }
  });
}

async function tried(
  place: string,
  paths: InstancePaths,
  config: InstanceConfig,
  { from, to }: ReleasePlan,
  note: Note,
  progress: Progress,
): Promise<readonly SelfTestStep[]> {
  progress.step(`release: ${to} is tried on a copy of the database`);
  const copy = await copyDatabase(paths, "trial.db", Date.now());
  try {
    const steps = await tryRelease(place, paths, config, copy);
    const failed = steps.filter(({ passed }) => !passed).map(({ what, says }) => `${what}: ${says}`);
    await note(
      failed.length === 0 ? "tried" : "refused",
      failed.join("; ") || steps.map(({ what }) => what).join("; "),
    );
    if (failed.length > 0)
      throw new CommandFailure(
        `${to} failed its test, and nothing was changed, ${from} runs on: ${failed.join("; ")}`,
        1,
      );
    return steps;
  } finally {
    await rm(join(releaseFolders(paths).copies, copy.file), { force: true });
  }
}

/** A release that does not come after what runs, or does not read its database. */
class RefusedRelease extends CommandFailure {}

const isUnfit = (error: CommandFailure): boolean =>
  error instanceof RefusedRelease || error.cause instanceof NpmReleaseError || error.cause instanceof ReleaseError;

/** The same on the word of CurrencyPolicies, from where root said that releases come. */
export async function applyBulkheadByPolicy(
  version: string,
  options: Pick<BulkheadOptions, "root">,
  progress: Progress,
): Promise<BulkheadApplied> {
  const { paths } = await findInstance(options.root);
  const followed = await followedOptions(paths);
  if (followed === undefined) throw new CommandFailure("nobody said where releases come from: bulkhead current follow");
  const from = await hereOf(paths);
  try {
    return await applyBulkhead(version, { ...followed, ...options }, progress, byPolicy);
  } catch (error) {
    // What nobody vouches for is not fetched again and again; a registry that does not answer is asked again.
    if (error instanceof CommandFailure && isUnfit(error))
      await rememberRelease(paths, { from, to: { version } }, "Failed", error.message, { by: "Policy" });
    throw error;
  }
}
