import { type Pod, replacementCondition, type UpdatePolicy } from "@bulkhead/api";
import { podIdentity } from "@bulkhead/policy";
import { followedOf } from "./evaluate.ts";
import { readPolicy } from "./read-policy.ts";
import { type Kinded, workloadName } from "./workload.ts";

/** Whether a pod fell out of policy, and the policy wants it replaced. */
export const wantsReplacement = (pod: Pod | undefined): boolean =>
  pod?.status?.conditions?.some(({ type, status }) => type === replacementCondition && status === "True") === true &&
  pod.metadata.deletionTimestamp === undefined;

/** Why no update will replace a pod; undefined: a policy follows its workload. */
export function unfollowed(
  pod: Pod,
  policies: readonly UpdatePolicy[],
  workloadOf: (kind: string, name: string) => Kinded | undefined,
): string | undefined {
  const subject = podIdentity(pod).subjects[0];
  const workload = subject === undefined ? undefined : workloadOf(subject.kind, subject.name);
  if (workload === undefined)
    return `nothing will replace its image: updates are rolled out for Deployments, StatefulSets, DaemonSets and CronJobs, and this pod is of ${subject?.kind ?? "Pod"} ${subject?.name ?? ""}. Set a better image yourself`;
  const follows = policies.some((policy) => {
    const read = readPolicy(policy);
    return !("problem" in read) && followedOf(read, [workload], [], () => undefined).length > 0;
  });
  return follows
    ? undefined
    : `nothing will replace its image: no UpdatePolicy follows ${workloadName(workload).replace("/", " ")}. Write one, or set a better image yourself`;
}
