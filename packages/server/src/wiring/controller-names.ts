import type { TemplateJudge } from "@bulkhead/controllers";
import { controllerTable, readerIdentity } from "@bulkhead/controllers";

/** Only names are read off the table: nothing of it is started. */
const unstarted = {
  rootCa: () => "",
  templateJudge: (): TemplateJudge => ({ judge: () => [], onChange: () => undefined }),
};

/** The identities that the controllers' process holds, one a controller, and what reads for all of them. */
export const controllerIdentities: readonly string[] = [
  ...new Set([readerIdentity, ...controllerTable(unstarted).map((c) => c.identity)]),
];
