import type { Deployment, ReplicaSet } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources } from "@bulkhead/client";
import type { Because } from "@bulkhead/policy";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, work } from "../controller.ts";
import { controllerOf } from "../owner.ts";
import { judgedConditions } from "./plan.ts";

/** Port: asks all deciders about a workload's template. */
export interface TemplateJudge {
  /** Every broken rule with its fix; none: pods of this template are admitted. */
  judge(workload: Deployment | ReplicaSet): readonly Because[];
  /** Called when an answer may have changed: a namespace's labels, a trust policy, an Exception. */
  onChange(wake: () => void): void;
}

/** Shows on Deployments and lone ReplicaSets what their pods will be refused for, before and while they are. */
export const templateJudgeController = (
  prepare: (context: ControllerContext) => TemplateJudge,
): ControllerDefinition => ({
  name: "template-judge",
  identity: "system:serviceaccount:kube-system:template-judge",
  clusterRole: "system:controller:template-judge",
  component: "template-judge",
  start: (context) => start(context, prepare(context)),
});

async function start(context: ControllerContext, judge: TemplateJudge): Promise<void> {
  const { informers, client, log, now } = context;
  const deployments = informers.of(resources.deployments);
  const replicaSets = informers.of(resources.replicaSets);
  const queue = createWorkqueue({ name: "template-judge", log });
  const add = (object: Deployment | ReplicaSet | undefined): void => {
    if (object !== undefined) queue.add(`${object.kind}/${keyOf(object)}`);
  };
  deployments.onChange(add);
  replicaSets.onChange(add);
  judge.onChange(() => {
    for (const object of [...deployments.list(), ...replicaSets.list()]) add(object);
  });

  await work(context, queue, 1, async (key) => {
    const kind = key.slice(0, key.indexOf("/"));
    const name = splitKey(key.slice(kind.length + 1));
    const workload = kind === "Deployment" ? deployments.get(name) : replicaSets.get(name);
    if (workload === undefined || workload.metadata.deletionTimestamp !== undefined) return;
    // A Deployment's ReplicaSets say nothing of their own: the old ones among them least of all.
    if (workload.kind === "ReplicaSet" && controllerOf(workload) !== undefined) return;
    const conditions = judgedConditions(workload.status?.conditions ?? [], judge.judge(workload), now());
    if (conditions === undefined) return;
    const next = { ...workload, status: { ...workload.status, conditions } };
    try {
      if (kind === "Deployment")
        await client.update(resources.deployments, next as Deployment, { subresource: "status" });
      else await client.update(resources.replicaSets, next as ReplicaSet, { subresource: "status" });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  });
}
