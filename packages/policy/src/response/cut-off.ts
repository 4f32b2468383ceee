import { type Pod, stoppedCondition } from "@bulkhead/api";
import { type ExceptionRules, exceptionsFor } from "../exception/exceptions.ts";
import { podIdentity } from "../exception/subject.ts";
import { isolatedRule, isolationOf } from "../network/isolation.ts";

/** How a pod was cut off from everything by its conditions. */
export type CutOff = "stopped" | "isolated";

/**
 * Whether a pod is cut off: then its tokens open nothing either, or whoever carried one away would go on. A pod in the host's
 * network cannot be isolated; an Exception of rule `isolated` lets an isolated one back. Undefined: it is not.
 */
export function cutOff(pod: Pod, exceptions: ExceptionRules): CutOff | undefined {
  const { conditions = [] } = pod.status ?? {};
  if (conditions?.some(({ type, status }) => type === stoppedCondition && status === "True") === true) return "stopped";
  if (isolationOf(pod) === undefined || pod.spec?.hostNetwork === true) return undefined;
  const back = exceptionsFor(exceptions, "network", podIdentity(pod)).some(({ spec }) => spec.rule === isolatedRule);
  return back ? undefined : "isolated";
}
