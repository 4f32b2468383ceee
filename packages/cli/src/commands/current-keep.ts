import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { publishedItems } from "@bulkhead/analysis";
import {
  type ActedOnPart,
  bulkheadItself,
  type MachineInventory,
  StatusError,
  securityApiVersion,
} from "@bulkhead/api";
import { type Client, createEventRecorder, machineInventories } from "@bulkhead/client";
import {
  askOffers,
  CommandError,
  currencyFolder,
  type InstancePaths,
  installedPrograms,
  MachineLockError,
  type PartOffers,
  type Progress,
  readHolds,
  readOffers,
  readOutcomes,
  readParts,
  withMachineLock,
} from "@bulkhead/host";
import { currencyRules } from "../current/currency-rules.ts";
import { keeperClient } from "../current/keeper-client.ts";
import { machineInventory } from "../current/machine-inventory.ts";
import { CommandFailure } from "../exit-codes.ts";
import { type FoundInstance, findInstance } from "../instance/find-instance.ts";
import { lookAtAudit } from "../keep/audit-look.ts";
import { publishChanges } from "../keep/change-digest.ts";
import { publishFacts } from "../keep/posture-facts.ts";
import { isNews, publish, publishedAs } from "../keep/published.ts";
import { onlyRoot } from "../only-root.ts";
import { type BegunRelease, beginRelease } from "../release/begin-release.ts";
import { endInterruptedSwitch } from "../release/end-switch.ts";
import { askFollowed } from "../release/followed.ts";
import { isDue, isFollowed, knownReleaseStep, speaksForParts } from "../release/may-put-in.ts";
import type { OnWordOf } from "../release/switch-release.ts";
import { applyPartUpdates, type PartsOptions, partPlan } from "./current-parts.ts";

export interface KeepReport {
  readonly root: string;
  /** A release of Bulkhead that was begun to be put in; it goes on by itself, and what became of it is told afterwards. */
  readonly begun?: BegunRelease;
  /** Changes of parts and of Bulkhead that were not told yet. */
  readonly acted: readonly ActedOnPart[];
  /** Whether what the machine says of itself was written anew. */
  readonly published: boolean;
  /** What was not done, and why. */
  readonly notes: readonly string[];
}

/** The suites are asked after so many milliseconds, where a policy wants to know. */
const askAgain = 6 * 3_600_000;
/** So often at least the machine says that somebody looks. */
const publishAgain = 6 * 3_600_000;
const most = { offers: 64, holds: 64, unseen: 64, sources: 128, security: 64, text: 1500 };
const cut = (text: string): string => (text.length <= most.text ? text : `${text.slice(0, most.text - 1)}…`);

/**
 * One look of root's own process: what policies say is to be done now, done by the same steps as `current apply`, and what
 * the machine is, published as an object. Where policies cannot be read nothing is done. Without one no network is asked.
 */
export async function keepCurrent(options: PartsOptions, progress: Progress, now = Date.now()): Promise<KeepReport> {
  onlyRoot("keep publishes what only root sees: sudo bulkhead current keep");
  const { paths, config } = await findInstance(options.root);
  await mkdir(currencyFolder(paths), { recursive: true, mode: 0o755 });
  // Before the API is asked: what is half done may be why it does not answer.
  const ended = await endInterruptedSwitch(paths, config, progress, { start: false });
  const before = ended === undefined ? [] : [`${ended.from} → ${ended.to} is ${ended.ended}: ${ended.says}`];
  try {
    const lock = { file: join(currencyFolder(paths), "keep.lock"), remove: true };
    const kept = await withMachineLock(() => keepAlone({ paths, config }, options, progress, now), lock);
    return { ...kept, notes: [...before, ...kept.notes] };
  } catch (error) {
    if (error instanceof MachineLockError) throw new CommandFailure("another look is under way", 1, error);
    throw error;
  }
}

async function keepAlone(
  { paths, config }: FoundInstance,
  options: PartsOptions,
  progress: Progress,
  now: number,
): Promise<KeepReport> {
  const client = await keeperClient(paths);
  try {
    const rules = await currencyRules(paths, client);
    const notes: string[] = [];
    const programs = await installedPrograms(paths);
    if (isFollowed(rules) && programs !== undefined)
      notes.push(...((await askFollowed(paths, programs.version, now))?.gaps ?? [unfollowed]));
    const offers = speaksForParts(rules) ? await askedOffers(paths, now, notes) : await readOffers(paths);
    const looked = await look(paths, options, now);
    const due = partPlan(looked.parts, offers, looked.inventory.items, rules, now).steps.filter(isDue);
    let after = looked;
    if (due.length > 0) {
      // What fails is remembered with the outcomes, and told from there.
      await applyPartUpdates({ ...options, root: paths.root }, progress, { rules, by: "Policy", due: isDue }).catch(
        (error: unknown) => {
          if (!(error instanceof CommandFailure)) throw error;
          notes.push(error.message);
        },
      );
      after = await look(paths, options, now);
    }
    const release = programs && (await knownReleaseStep(paths, programs.version, after.inventory.items, rules, now));
    const begun = release !== undefined && isDue(release) ? await beginRelease(paths, release) : undefined;
    const there = await publishedAs(client, machineInventories, config.nodeName);
    const machine = await told(paths, after, now);
    const object = await publishMachine(client, config.nodeName, there, machine);
    const broken = await lookAtAudit(paths, now).catch((error: unknown) => {
      if (error instanceof CommandFailure) return error.message;
      throw error;
    });
    if (broken !== undefined) notes.push(broken);
    const also = await publishAlso(client, { paths, config }, now, notes);
    const known = there?.machine.acted ?? machine.acted.filter(({ at }) => Date.parse(at) < now);
    const acted = machine.acted.filter((each) => !known.some((one) => isDeepStrictEqual(one, each)));
    await tell(client, object, acted);
    return {
      root: paths.root,
      ...(begun === undefined ? {} : { begun }),
      acted,
      published: object !== there || also,
      notes,
    };
  } finally {
    client.close();
  }
}

interface Looked extends Awaited<ReturnType<typeof machineInventory>> {
  readonly parts: Parameters<typeof partPlan>[0];
}

const look = async (paths: InstancePaths, { database }: PartsOptions, now: number): Promise<Looked> => ({
  ...(await machineInventory(paths, database, now)),
  parts: (await readParts(paths.parts))?.parts ?? [],
});

const unfollowed =
  "a CurrencyPolicy names bulkhead, and nobody said where its releases come from: bulkhead current follow";

/** What is here, as the object says it. */
async function told(
  of: InstancePaths,
  { inventory, candidates, parts }: Looked,
  at: number,
): Promise<MachineInventory["machine"]> {
  const [offers, holds, { failed, acted }] = await Promise.all([readOffers(of), readHolds(of), readOutcomes(of)]);
  const { items, left } = publishedItems(candidates);
  const rules = await currencyRules(of, undefined);
  const here = (await installedPrograms(of))?.version;
  const release = here === undefined ? undefined : await knownReleaseStep(of, here, inventory.items, rules, at);
  const unseen = [
    ...(left === 0 ? [] : [{ what: `${left} things of this machine`, why: "they do not fit; bulkhead current --all" }]),
    ...inventory.unseen,
  ];
  return {
    lookedAt: new Date(at).toISOString(),
    items,
    unseen: unseen.slice(0, most.unseen).map(({ what, why }) => ({ what: cut(what), why: cut(why) })),
    sources: inventory.sources.slice(0, most.sources),
    ...(offers === undefined ? {} : { asked: { at: offers.asked, suite: offers.suite, mirror: cut(offers.mirror) } }),
    offers: [...(release === undefined ? [] : [release]), ...partPlan(parts, offers, inventory.items, rules, at).steps]
      .slice(0, most.offers)
      .map(({ part, from, to, suite, security, since }) => ({
        part,
        from,
        to,
        suite,
        security: security.slice(0, most.security),
        since,
      })),
    holds: holds.filter(({ until }) => Date.parse(until) > at).slice(0, most.holds),
    failed,
    acted,
  };
}

/** What the suites offer; asked anew where that was long ago. A mirror that does not answer is noted. */
async function askedOffers(paths: InstancePaths, now: number, notes: string[]): Promise<PartOffers | undefined> {
  const before = await readOffers(paths);
  if (before !== undefined && now - Date.parse(before.asked) < askAgain) return before;
  try {
    return await askOffers(paths, now);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    notes.push(`Debian could not be asked: ${error.message}`);
    return before;
  }
}

/** Writes where something else is said than before, or that was long ago; the one that is there, otherwise. */
async function publishMachine(
  client: Client,
  name: string,
  there: MachineInventory | undefined,
  machine: MachineInventory["machine"],
): Promise<MachineInventory> {
  if (there !== undefined && !isNews(there.machine, machine, publishAgain)) return there;
  const object = { apiVersion: securityApiVersion, kind: "MachineInventory", metadata: { name }, machine };
  return publish(client, machineInventories, there, object);
}

/** What else only root sees: how the machine is set up, and who changed what. Whether something was written. */
async function publishAlso(client: Client, instance: FoundInstance, now: number, notes: string[]): Promise<boolean> {
  let written = false;
  for (const [what, publishing] of [
    ["how the machine is set up", publishFacts],
    ["who changed what", publishChanges],
  ] as const)
    try {
      written = (await publishing(client, instance, now)) || written;
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof CommandFailure)) throw error;
      notes.push(`${what} could not be published: ${error.message}`);
    }
  return written;
}

/** One Event a change, on the object that has them all. */
async function tell(client: Client, about: MachineInventory, acted: readonly ActedOnPart[]): Promise<void> {
  const recorder = createEventRecorder({ client, component: "bulkhead-currency" });
  for (const { part, from, to, outcome, says, ...word } of acted)
    recorder.event(
      about,
      outcome === "Applied" ? "Normal" : "Warning",
      `${part === bulkheadItself ? "Release" : "Part"}${reasons[outcome]}`,
      `${part} ${from} → ${to}, on the word of ${wordText(word)}: ${cut(says)}`,
    );
  await recorder.flush();
}

const reasons: Readonly<Record<ActedOnPart["outcome"], string>> = {
  Applied: "Updated",
  Failed: "UpdateFailed",
  TakenBack: "TakenBack",
};

const wordText = ({ by, policies = [], approvedBy = [] }: OnWordOf): string =>
  by === "Root"
    ? "root"
    : `CurrencyPolicy ${policies.join(", ")}${approvedBy.length === 0 ? "" : ` (approved by ${approvedBy.join(", ")})`}`;
