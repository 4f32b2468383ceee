import type { Candidate, Subject, Unseen } from "@bulkhead/analysis";

/** What one place told of what could grow old. */
export interface Gathered {
  readonly subjects: readonly Subject[];
  readonly others: readonly Candidate[];
  readonly unseen: readonly Unseen[];
}

export const together = (...all: readonly Gathered[]): Gathered => ({
  subjects: all.flatMap(({ subjects }) => subjects),
  others: all.flatMap(({ others }) => others),
  unseen: all.flatMap(({ unseen }) => unseen),
});
