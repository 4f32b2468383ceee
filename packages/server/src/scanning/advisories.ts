import { chmod, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AdvisoryError, type AdvisoryHold, holdAdvisories } from "@bulkhead/images";

/** What is matched with where there are no advisories. */
export const noAdvisories = "none";

/** Follows the instance's database of advisories, whoever writes it, without keeping it open. */
export interface AdvisoryWatch {
  /** Whether it was written since the last hold; false while it is being written. */
  changed(): Promise<boolean>;
  /** Whether there is one that can be read; one that changed since the last hold counts as readable. */
  present(): Promise<boolean>;
  /** Holds it still; `release` when whoever reads it is done. */
  hold(): Promise<{ readonly file: string | undefined; readonly generation: string; release(): void }>;
}

export function watchAdvisories(file: string, problem: (says: string) => void): AdvisoryWatch {
  let seen = "";
  let held = "unknown";
  let readable: boolean | undefined;

  /** Size and time of the database and its log: it changes with every write. */
  async function look(): Promise<string> {
    const parts = await Promise.all(
      [file, `${file}-wal`].map((path) =>
        stat(path, { bigint: true }).then(
          // An empty log comes and goes with whoever opens the database.
          (s) => (s.size === 0n ? "" : `${s.ino} ${s.size} ${s.mtimeNs}`),
          () => "",
        ),
      ),
    );
    return parts.join("\n");
  }

  return {
    present: async () => {
      const now = await look();
      return readable === undefined || now !== held ? now.trim() !== "" : readable;
    },
    async changed() {
      const now = await look();
      // Written between two looks: an import is under way, and will be seen when it has ended.
      const still = now === seen;
      seen = now;
      return still && now !== held;
    },
    async hold() {
      let hold: AdvisoryHold | undefined;
      try {
        hold = await holdAdvisories(file);
      } catch (error) {
        // A database that is none of ours does not keep images from being read.
        if (!(error instanceof AdvisoryError) || error.code !== "foreign-database") throw error;
        problem(error.message);
      } finally {
        held = seen = await look();
      }
      readable = hold !== undefined;
      if (hold === undefined) return { file: undefined, generation: noAdvisories, release: () => undefined };
      // What anybody may fetch anybody may read: the worker does.
      await chmod(dirname(file), 0o711);
      await chmod(file, 0o644);
      return {
        file,
        generation: hold.generation,
        release: () => {
          hold.release();
        },
      };
    },
  };
}
