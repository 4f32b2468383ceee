import { type Finding, type FixPlan, fixPlan, kindKeyOf } from "@bulkhead/analysis";
import type { ObjectRef } from "@bulkhead/api";
import { CommandFailure } from "../exit-codes.ts";
import type { Cluster } from "../instance/cluster.ts";
import { type GroupResult, groupsOf, type RunOptions, runPlan } from "../posture/fix/run-plan.ts";
import { resourcesServed, untouchable } from "../posture/fix/write-object.ts";
import type { Look } from "./posture.ts";
import { namedIn } from "./posture-show.ts";

/** A plan, with what is nobody's here to change. */
export interface Fixes {
  readonly plan: FixPlan;
  /** Findings on objects that somebody else writes, or that take no change. */
  readonly notOurs: readonly { readonly finding: Finding; readonly why: string }[];
}

/** What would be done about findings or controls by name, or about all that was asked for. */
export function planned(look: Look, words: readonly string[], evenIfItBreaks: boolean): Fixes {
  const { evaluation, report } = look;
  const asked =
    words.length === 0
      ? report.findings.filter(({ outcome }) => outcome === "fail")
      : words.flatMap((word) => namedIn(look, word).findings.filter(({ outcome }) => outcome === "fail"));
  const findings = [...new Map(asked.map(({ id }) => [id, evaluation.finding(id)])).values()].flatMap((f) => f ?? []);
  const notOurs: { finding: Finding; why: string }[] = [];
  const ours = findings.filter((finding) => {
    const why = look.kind === "cluster" ? whyNot(look, finding.object) : undefined;
    if (why !== undefined) notOurs.push({ finding, why });
    return why === undefined;
  });
  return { plan: fixPlan(evaluation, ours, { evenIfItBreaks }), notOurs };
}

function whyNot({ evaluation }: Look, ref: ObjectRef): string | undefined {
  const key = { key: kindKeyOf(ref), namespaced: ref.namespace !== undefined };
  const object = evaluation.objects.get(key, ref.namespace ?? "", ref.name);
  return object === undefined ? undefined : untouchable(object, object);
}

/** Puts a plan in and says of each part what became of it. Throws CommandFailure where there is nothing to put in. */
export async function carriedOut(
  look: Look,
  { plan }: Fixes,
  cluster: Cluster,
  options: RunOptions,
  heard: (result: GroupResult) => void,
): Promise<readonly GroupResult[]> {
  const groups = groupsOf(plan);
  if (groups.length === 0) throw new CommandFailure("there is nothing that could be put in", 1);
  const resources = await resourcesServed(cluster.client);
  const results: GroupResult[] = [];
  for await (const result of runPlan(cluster.client, resources, look.evaluation, groups, options)) {
    results.push(result);
    heard(result);
    if (options.signal.aborted) break;
  }
  return results;
}
