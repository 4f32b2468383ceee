/** What only the machine can say of what could grow old, and what puts its parts right. */
export * from "./credentials.ts";
export * from "./machine-inventory.ts";
export { trialGroups } from "./part-groups.ts";
export * from "./part-holds.ts";
export * from "./part-offers.ts";
export { type PartOutcome, type PartOutcomes, readOutcomes, rememberOutcome } from "./part-outcomes.ts";
export * from "./part-self-test.ts";
export {
  dropFetched,
  fetchNewParts,
  type PartChange,
  partChanges,
  partFolders,
  stageNewParts,
} from "./part-staging.ts";
export * from "./part-switch.ts";
export * from "./system-packages.ts";
