import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, open, rename, rm, stat } from "node:fs/promises";
import type { KubeObject, Log } from "@bulkhead/api";
import type { EventRecorder } from "@bulkhead/client";
import { writeDurably } from "@bulkhead/host";
import {
  type HeldRefresh,
  openStillAdvisories,
  type RefreshDecision,
  type RefreshState,
  readRefreshDecision,
  readRefreshState,
  refreshFiles,
  restoreAdvisories,
  type SourceState,
} from "@bulkhead/images";
import type { Refresh } from "@bulkhead/policy";
import { type AdvisoryWatch, noAdvisories, watchAdvisories } from "./advisories.ts";
import type { Comparison } from "./compare-generations.ts";

export interface RefreshGateOptions {
  /** The database that imports write; need not be there. */
  readonly imported: string;
  readonly events: Pick<EventRecorder, "event">;
  readonly nodeName: string;
  readonly log: Log;
  readonly now?: () => number;
}

/** A database of advisories that stands still. */
export interface StillAdvisories {
  readonly file: string;
  readonly generation: string;
}

/** The advisories that images are decided by: a new import is used once it was compared, or a person accepted it. */
export interface RefreshGate {
  /** The advisories in use, for one who follows them: each has a watch of its own. */
  watch(): AdvisoryWatch;
  /**
   * Looks whether there is a new import or a decision about a held one. `compare` says what the new one would change;
   * `sources`: what each source holds, before and after. Answers whether other advisories are in use now.
   */
  settle(compare: (fresh: StillAdvisories, sources: Refresh["sources"]) => Promise<Comparison>): Promise<boolean>;
  /** What waits for a person; undefined: nothing. */
  held(): HeldRefresh | undefined;
}

/** Named one by one in a hold. */
const shownImages = 10;

const missing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === "ENOENT") return undefined;
  throw error;
};

/**
 * Stands between imports and everything that decides by advisories. Imports write their database as ever; what decides reads
 * a copy of the last generation that was accepted, so that a broken feed isolates nothing and refuses nothing.
 */
export async function openRefreshGate(options: RefreshGateOptions): Promise<RefreshGate> {
  const { imported, log } = options;
  const now = options.now ?? Date.now;
  const files = refreshFiles(imported);
  const watch = watchAdvisories(imported, (says) =>
    log.error({ says }, "images are not matched with what was imported: the advisories cannot be read"),
  );
  const node: KubeObject = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: options.nodeName, uid: options.nodeName },
  };
  let state = (await readRefreshState(imported)) ?? { format: 1 as const };
  // Without the copy nothing is in use, whatever is written down.
  if (!(await usable(files.inUse))) state = { format: 1 };
  let looked = false;

  const generation = (): string => state.inUse?.generation ?? noAdvisories;

  async function write(next: RefreshState): Promise<void> {
    await writeDurably(files.state, JSON.stringify(next), 0o600);
    state = next;
  }

  /** Makes a still database the one in use: whoever reads the former reads on. */
  async function use(fresh: StillAdvisories): Promise<void> {
    const beside = `${files.inUse}.${randomBytes(8).toString("hex")}.new`;
    try {
      await copyFile(fresh.file, beside, constants.COPYFILE_FICLONE);
      await chmod(beside, 0o644);
      const copy = await open(beside, "r");
      try {
        await copy.sync();
      } finally {
        await copy.close();
      }
      await rename(beside, files.inUse);
    } finally {
      await rm(beside, { force: true });
    }
    await write({ format: 1, inUse: { generation: fresh.generation, since: now() } });
  }

  async function holdBack(
    fresh: string,
    found: Pick<Comparison, "because" | "newlyRefused">,
    sources: readonly string[],
  ): Promise<void> {
    const held: HeldRefresh = {
      generation: fresh,
      since: now(),
      because: found.because.map(({ says }) => says),
      sources,
      newlyRefused: found.newlyRefused.slice(0, shownImages),
    };
    await write({ ...state, held });
    const because = held.because.join("; ");
    log.error(
      { because, newlyRefused: held.newlyRefused },
      "a refresh of the advisories is held: bulkhead advisories status",
    );
    options.events.event(
      node,
      "Warning",
      "AdvisoriesHeld",
      `A refresh of the advisories is not used for deciding: ${because}. See bulkhead advisories status; then bulkhead advisories accept, or reject`.slice(
        0,
        1000,
      ),
    );
  }

  /** A decision about the refresh that is held now; one about another means nothing and is taken away. */
  async function decided(): Promise<{ readonly decision: RefreshDecision; readonly held: HeldRefresh } | undefined> {
    const decision = await readRefreshDecision(imported);
    if (decision === undefined) return undefined;
    const { held } = state;
    if (held?.generation === decision.generation) return { decision, held };
    await rm(files.decision, { force: true });
    const { by } = decision;
    log.warn({ by, decision: decision.decision }, "a decision about advisories that are not held means nothing");
    return undefined;
  }

  /** Root's own act on this machine: the log and an Event say who, as far as the machine knows. */
  async function done({
    decision: { decision, by, reason, generation: about },
  }: {
    readonly decision: RefreshDecision;
  }): Promise<void> {
    await rm(files.decision, { force: true });
    const accepted = decision === "accept";
    const word = accepted ? "accepted" : "rejected";
    log.warn({ by, reason, generation: about }, `a held refresh of the advisories was ${word}`);
    const says = `A held refresh of the advisories was ${word} on this machine by ${by}: ${reason}`;
    options.events.event(
      node,
      accepted ? "Warning" : "Normal",
      accepted ? "AdvisoriesAccepted" : "AdvisoriesRejected",
      says.slice(0, 1000),
    );
  }

  async function look(compare: Parameters<RefreshGate["settle"]>[0], accepted: string | undefined): Promise<boolean> {
    const fresh = await watch.hold();
    looked = true;
    try {
      if (fresh.file === undefined) {
        // Taken away, or none of ours: what is in use stays.
        const gone = { because: [{ says: `there are no advisories at ${imported} any more` }], newlyRefused: [] };
        if (state.inUse !== undefined && state.held?.generation !== noAdvisories)
          await holdBack(noAdvisories, gone, namesIn(sourcesIn(files.inUse)));
        return false;
      }
      const still = { file: fresh.file, generation: fresh.generation };
      if (still.generation === state.inUse?.generation) {
        const { held, ...rest } = state;
        if (held !== undefined) await write(rest);
        return false;
      }
      if (state.inUse !== undefined && still.generation !== accepted) {
        if (still.generation === state.held?.generation) return false;
        const comparison = await compare(still, sourcesOf(files.inUse, still.file));
        if (comparison.decision === "hold") {
          await holdBack(still.generation, comparison, changedSources(files.inUse, still.file));
          return false;
        }
      }
      await use(still);
      log.info({ generation: still.generation }, "advisories are in use");
      return true;
    } finally {
      fresh.release();
    }
  }

  return {
    held: () => state.held,
    watch: () => {
      let given: string | undefined;
      return {
        present: async () => state.inUse !== undefined || (await watch.present()),
        changed: async () => generation() !== given,
        hold: async () => {
          given = generation();
          const file = state.inUse === undefined ? undefined : files.inUse;
          return { file, generation: given, release: () => undefined };
        },
      };
    },
    async settle(compare) {
      const about = await decided();
      if (about?.decision.decision === "reject") await restoreAdvisories(files.inUse, imported);
      else if (looked && about === undefined && !(await watch.changed())) return false;
      const changed = await look(compare, about?.decision.decision === "accept" ? about.held.generation : undefined);
      if (about !== undefined) await done(about);
      return changed;
    },
  };

  /** Shrinking that was accepted when it was imported is not asked about again. */
  function sourcesOf(inUse: string, fresh: string): Refresh["sources"] {
    const after = new Map(sourcesIn(fresh).map((source) => [source.name, source]));
    return sourcesIn(inUse)
      .filter(({ name, records }) => after.get(name)?.shrunkFrom !== records)
      .map(({ name, records }) => ({ name, before: records, after: after.get(name)?.records ?? 0 }));
  }
}

const namesIn = (sources: readonly SourceState[]): readonly string[] => sources.map(({ name }) => name);

function changedSources(inUse: string, fresh: string): readonly string[] {
  const before = new Map(sourcesIn(inUse).map((source) => [source.name, JSON.stringify(source)]));
  const after = new Map(sourcesIn(fresh).map((source) => [source.name, JSON.stringify(source)]));
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

function sourcesIn(file: string): readonly SourceState[] {
  const database = openStillAdvisories(file);
  try {
    return database.sources();
  } finally {
    database.close();
  }
}

async function usable(file: string): Promise<boolean> {
  const found = await stat(file).catch(missing);
  return found !== undefined && found.size > 0;
}
