/** Currency: what could grow old, whether it has, and what to do. Pure: what is known of the world is handed in. */
export { type ApiVersionRow, apiVersionTable } from "./api-version-table.ts";
export { type ApiVersionUse, apiVersionItems, minorOf, stableUses, usesIn } from "./api-versions.ts";
export { currencyBom } from "./bom.ts";
export { imageItems, nodeSubjects, type ServerFacts, serverSubject } from "./cluster.ts";
export {
  type CertificateFacts,
  certificateItems,
  type KeyFacts,
  keyItems,
  type TokenFacts,
  tokenItems,
} from "./dated.ts";
export {
  type CurrencyInventory,
  candidatesOf,
  inventoryOf,
  type Lookups,
  type Subject,
  type Unseen,
} from "./inventory.ts";
export {
  type Candidate,
  daysUntil,
  hasEnded,
  type Item,
  type ItemKind,
  type ItemVulnerability,
  itemKinds,
  judge as judgeItem,
  urgentFirst,
  type Verdict,
  verdicts,
} from "./item.ts";
export type { MachineFactsForCurrency, Shipped } from "./machine-facts.ts";
export { type AskedRelease, bulkheadSubject, dependencySubjects, nodeSubject } from "./own-packages.ts";
export {
  type PartHold,
  type PartOffer,
  type PartPlan,
  type PartPlanFacts,
  type PartStep,
  planParts,
  type ReleaseStepFacts,
  releaseStep,
} from "./part-plan.ts";
export { partProgramSubjects, partSubjects } from "./parts.ts";
export { candidateOfMachine, publishedItem, publishedItems } from "./published.ts";
export { systemSubjects } from "./system-packages.ts";
