import type { Because } from "@bulkhead/policy";
import { timestamp } from "../controller.ts";

/** A condition as Deployments and ReplicaSets carry them. */
interface WorkloadCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

/** What a workload's template breaks stands in a condition of this type; a template that breaks nothing has none. */
const admissible = "Admissible";

/** All broken rules, one a line: what, what would pass, and the command that allows it. */
export function findingsMessage(findings: readonly Because[]): string {
  const lines = findings.map(({ field, says, passing, command }) =>
    [
      field === undefined ? says : `${field}: ${says}`,
      passing === undefined ? undefined : `passing: ${passing}`,
      command === undefined ? undefined : `or: ${command}`,
    ]
      .filter((part) => part !== undefined)
      .join("; "),
  );
  return lines.join("\n");
}

/** Pure: the conditions with ours as it should be; undefined when nothing is to be written. */
export function judgedConditions<C extends WorkloadCondition>(
  before: readonly C[],
  findings: readonly Because[],
  now: number,
): Array<C | WorkloadCondition> | undefined {
  const known = before.find((condition) => condition.type === admissible);
  const rest = before.filter((condition) => condition.type !== admissible);
  if (findings.length === 0) return known === undefined ? undefined : rest;
  const message = findingsMessage(findings);
  if (known?.status === "False" && known.message === message) return undefined;
  return [
    ...rest,
    {
      type: admissible,
      status: "False",
      reason: "TemplateRefused",
      message,
      lastTransitionTime: known?.status === "False" ? known.lastTransitionTime : timestamp(now),
    },
  ];
}
