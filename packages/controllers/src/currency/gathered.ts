import type { Candidate, Subject, Unseen } from "@bulkhead/analysis";
import type { Inventory } from "@bulkhead/images";

/** What one place told of what could grow old. */
export interface Gathered {
  readonly subjects: readonly Subject[];
  readonly others: readonly Candidate[];
  readonly unseen: readonly Unseen[];
  /** Functions of the Go programs among the subjects, by their paths. */
  readonly goFunctions?: Inventory["goFunctions"];
}

export const together = (...all: readonly Gathered[]): Gathered => ({
  subjects: all.flatMap(({ subjects }) => subjects),
  others: all.flatMap(({ others }) => others),
  unseen: all.flatMap(({ unseen }) => unseen),
  goFunctions: Object.assign({}, ...all.map(({ goFunctions = {} }) => goFunctions)) as Inventory["goFunctions"],
});
