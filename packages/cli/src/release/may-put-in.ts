import { type PartStep, releaseStep } from "@bulkhead/analysis";
import { bulkheadItself } from "@bulkhead/api";
import { type InstancePaths, readReleaseOffer } from "@bulkhead/host";
import type { CurrencyRuleSet } from "@bulkhead/policy";
import { currencyRules, rulesForPerson } from "../current/currency-rules.ts";
import { keeperClient } from "../current/keeper-client.ts";
import { machineInventory } from "../current/machine-inventory.ts";
import { CommandFailure } from "../exit-codes.ts";
import { isNewer } from "./followed.ts";
import type { ReleasePlan } from "./release-plan.ts";
import type { OnWordOf } from "./switch-release.ts";

/** On whose word a release is put in. Throws CommandFailure where it must not be, with what turns that. */
export type MayPutIn = (paths: InstancePaths, way: Pick<ReleasePlan, "from" | "to">) => Promise<OnWordOf>;

export const root: OnWordOf = { by: "Root" };

/** A person names the release and the time: neither window nor cooldown keeps it, but a hold and a missing approval do. */
export const asPerson: MayPutIn = async (paths, way) => {
  const { rules } = await rulesForPerson(paths);
  const step = await stepTo(paths, way, rules, Date.now());
  if (step === undefined || !["held", "needs-approval"].includes(step.verdict.decision)) return root;
  throw refusal(step);
};

/** As the CurrencyPolicies say, asked once more with the rights of root's own process. */
export const byPolicy: MayPutIn = async (paths, way) => {
  const client = await keeperClient(paths);
  try {
    const step = await stepTo(paths, way, await currencyRules(paths, client), Date.now());
    if (step === undefined || !isDue(step)) throw refusal(step);
    const { policies, approvedBy } = step.verdict;
    return { by: "Policy", policies, ...(approvedBy.length === 0 ? {} : { approvedBy }) };
  } finally {
    client.close();
  }
};

/** Whether a step is taken by itself. */
export const isDue = ({ verdict }: PartStep): boolean => verdict.decision === "now" && verdict.action === "Apply";

const refusal = (step: PartStep | undefined): CommandFailure => {
  const [first] = step?.verdict.because ?? [];
  const turn = first?.command === undefined ? "" : ` → ${first.command}`;
  return new CommandFailure(`Bulkhead is not changed: ${first?.says ?? "there is nothing newer"}${turn}`, 1);
};

async function stepTo(
  paths: InstancePaths,
  { from, to }: Pick<ReleasePlan, "from" | "to">,
  rules: CurrencyRuleSet,
  now: number,
): Promise<PartStep | undefined> {
  const offer = await readReleaseOffer(paths);
  const since = offer?.seen[to] ?? new Date(now).toISOString();
  const facts = {
    here: from,
    offer: { version: to, registry: offer?.registry ?? "", since },
    newer: isNewer,
    rules,
    now,
  };
  const plain = releaseStep({ ...facts, items: [] });
  const spoken = plain?.verdict.held !== undefined || plain?.verdict.policies.length !== 0;
  // What it mends matters only where somebody said when it may go in.
  if (!spoken) return plain;
  const { inventory } = await machineInventory(paths, undefined, now);
  return releaseStep({ ...facts, items: inventory.items });
}

/** Bulkhead's own next step as the registry was last asked; undefined: nothing newer is known. */
export async function knownReleaseStep(
  paths: InstancePaths,
  here: string,
  items: Parameters<typeof releaseStep>[0]["items"],
  rules: CurrencyRuleSet,
  now: number,
): Promise<PartStep | undefined> {
  const offer = await readReleaseOffer(paths);
  if (offer?.version === undefined) return undefined;
  const { version, registry, seen, asked } = offer;
  return releaseStep({
    here,
    offer: { version, registry, since: seen[version] ?? asked },
    newer: isNewer,
    items,
    rules,
    now,
  });
}

/** Whether any policy names Bulkhead, so that its releases are looked up without a person asking. */
export const isFollowed = ({ policies }: CurrencyRuleSet): boolean =>
  policies.some(({ parts }) => parts?.has(bulkheadItself) === true);

/** Whether any policy speaks for a part, so that the suites are asked without a person asking. */
export const speaksForParts = ({ policies }: CurrencyRuleSet): boolean =>
  policies.some(({ parts }) => parts === undefined || [...parts].some((part) => part !== bulkheadItself));
