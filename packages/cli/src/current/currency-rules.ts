import type { KubeObject } from "@bulkhead/api";
import { type Client, currencyApprovals, currencyPolicies, hasReason, type Resource } from "@bulkhead/client";
import { type InstancePaths, readHolds, readOutcomes } from "@bulkhead/host";
import { type CurrencyRuleSet, compileCurrency } from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";
import { ask } from "../instance/cluster.ts";

/** None where the kind is not served: its server is older than it. */
async function listed<T extends KubeObject>(client: Client, resource: Resource<T>): Promise<readonly T[]> {
  try {
    return (await client.list(resource)).items;
  } catch (error) {
    if (hasReason(error, "NotFound")) return [];
    throw error;
  }
}

/** What decides about the parts of an instance: policies and approvals of its API, holds and failures of its folder. */
export async function currencyRules(paths: InstancePaths, client: Client | undefined): Promise<CurrencyRuleSet> {
  const [policies, approvals, holds, { failed }] = await Promise.all([
    client === undefined ? [] : listed(client, currencyPolicies),
    client === undefined ? [] : listed(client, currencyApprovals),
    readHolds(paths),
    readOutcomes(paths),
  ]);
  return compileCurrency({ policies, approvals, holds, failed });
}

/** The same for a person: where the API cannot be asked the holds alone decide, and `note` says so. */
export async function rulesForPerson(
  paths: InstancePaths,
): Promise<{ readonly rules: CurrencyRuleSet; readonly note?: string }> {
  try {
    return { rules: await ask({ root: paths.root }, ({ client }) => currencyRules(paths, client)) };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const note = `CurrencyPolicies were not read, so holds alone decide: ${error.message}`;
    return { rules: await currencyRules(paths, undefined), note };
  }
}
