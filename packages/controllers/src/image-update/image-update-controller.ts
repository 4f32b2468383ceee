import type { KubeObject, Pod, UpdatePolicy, UpdatePolicyStatus } from "@bulkhead/api";
import { createWorkqueue, hasReason, resources, updatePolicies } from "@bulkhead/client";
import { workloadOwner } from "@bulkhead/policy";
import { canonical } from "../canonical.ts";
import { type ControllerContext, type ControllerDefinition, keyOf, splitKey, timestamp, work } from "../controller.ts";
import { controllerOf } from "../owner.ts";
import { evaluate, followedOf } from "./evaluate.ts";
import { followWorkloads } from "./follow-workloads.ts";
import { runningDigest } from "./look-around.ts";
import type { ImageUpdatePorts } from "./ports.ts";
import { checkOf, type ReadPolicy, readPolicy } from "./read-policy.ts";
import { rememberTags } from "./registry-memory.ts";
import { unfollowed, wantsReplacement } from "./replacement.ts";
import { type Belongings, rolloutOf } from "./rollout-of.ts";
import { planRollout, statusAfter } from "./rollout-plan.ts";
import { kindFacts, runStep } from "./run-step.ts";
import { tellFound, tellTurn } from "./tell.ts";
import { isPodOf, type Kinded, metadataOf, wholeOf } from "./workload.ts";

export interface ImageUpdateSettings {
  readonly ports: (context: ControllerContext) => ImageUpdatePorts;
  /** Milliseconds between two questions to a registry; default five minutes. */
  readonly checkEvery?: number | undefined;
}

/** Brings what UpdatePolicies follow up to date, one workload of a policy at a time, and takes back what does not stay healthy. */
export const imageUpdateController = (settings: ImageUpdateSettings): ControllerDefinition => ({
  name: "image-update",
  identity: "system:serviceaccount:kube-system:image-update-controller",
  clusterRole: "system:controller:image-update-controller",
  component: "image-update-controller",
  start: (context) => start(context, settings.ports(context), settings.checkEvery ?? 300_000),
});

const defaultSoak = 600_000;
/** No two looks follow closer for a time that has come. */
const soon = 250;

async function start(context: ControllerContext, given: ImageUpdatePorts, checkEvery: number): Promise<void> {
  const { informers, client, reader, events, log, now } = context;
  const policies = informers.of(updatePolicies);
  const workloads = followWorkloads(context);
  const replicaSets = informers.of(resources.replicaSets);
  const pods = informers.of(resources.pods);
  const queue = createWorkqueue({ name: "image-update", log });
  /** Pods that fell out of policy and are to be replaced, to be told where nothing will. */
  const replaced = createWorkqueue({ name: "image-update-replacements", log });
  const tags = rememberTags(given.tags, 2 * checkEvery, now);
  const ports: ImageUpdatePorts = { ...given, tags };
  /** When the registries were asked for a policy last. */
  const checked = new Map<string, number>();
  /** Who writes a workload of this generation. */
  const owners = new Map<string, { readonly generation: number; readonly owner: string | undefined }>();

  const addAll = (namespace: string | undefined, wanted: (policy: UpdatePolicy) => boolean): void => {
    for (const policy of policies.list(namespace)) if (wanted(policy)) queue.add(keyOf(policy));
  };

  policies.onChange((current, previous) => {
    if (current !== undefined) {
      queue.add(keyOf(current));
      // Others of its namespace may follow what it no longer does.
      if (current.metadata.generation !== previous?.metadata.generation) addAll(current.metadata.namespace, () => true);
    } else if (previous !== undefined) {
      checked.delete(keyOf(previous));
      letGo(previous);
      addAll(previous.metadata.namespace, () => true);
    }
  });
  workloads.onChange((current, previous) => {
    const one = current ?? previous;
    if (one === undefined) return;
    if (current === undefined) owners.delete(one.metadata.uid ?? "");
    const changed =
      current?.metadata.generation !== previous?.metadata.generation ||
      canonical(current?.metadata.labels) !== canonical(previous?.metadata.labels);
    addAll(one.metadata.namespace, ({ status }) => changed || status?.rollout?.name === one.metadata.name);
  });
  const underWay = (one: KubeObject | undefined): void => {
    if (one !== undefined) addAll(one.metadata.namespace, ({ status }) => status?.rollout !== undefined);
  };
  replicaSets.onChange((current, previous) => underWay(current ?? previous));
  pods.onChange((current, previous) => {
    underWay(current ?? previous);
    if (current === undefined || !wantsReplacement(current) || wantsReplacement(previous)) return;
    replaced.add(keyOf(current));
    // Asked anew, and at once: what is known of the registries may be minutes old, and of images older than the advisories.
    given.judge.renew();
    for (const policy of policies.list(current.metadata.namespace)) checked.delete(keyOf(policy));
    addAll(current.metadata.namespace, () => true);
  });
  given.judge.onChange(() => addAll(undefined, () => true));
  given.patches?.onChange(() => addAll(undefined, () => true));

  /** A policy that is deleted in the middle leaves no workload paused. */
  function letGo(policy: UpdatePolicy): void {
    const rollout = policy.status?.rollout;
    if (rollout === undefined || rollout.observed === true) return;
    const { namespace = "" } = policy.metadata;
    const workload = workloads.get(namespace, rollout.kind, rollout.name);
    if (workload === undefined) return;
    const at = { namespace, policy: policy.metadata.name ?? "", rollout };
    const steps = rolloutOf(rollout, workload, belongingsOf(workload)).unstage;
    const run = async (): Promise<void> => {
      for (const step of steps) await runStep(client, at, step);
    };
    run().catch((error: unknown) => {
      if (!hasReason(error, "NotFound")) log.warn({ policy: keyOf(policy), error: String(error) }, "a rollout is left");
    });
  }

  /** Answers whether it is still there to be written; a Conflict is thrown, and it comes again with a newer copy. */
  async function write(policy: UpdatePolicy, status: UpdatePolicyStatus): Promise<boolean> {
    if (canonical(policy.status) === canonical(status)) return true;
    try {
      await client.update(updatePolicies, { ...policy, status }, { subresource: "status" });
      return true;
    } catch (error) {
      if (hasReason(error, "NotFound")) return false;
      throw error;
    }
  }

  function belongingsOf(workload: Kinded): Belongings {
    const { namespace = "", uid = "" } = metadataOf(workload);
    const all = pods.list(namespace);
    if (workload.kind !== "Deployment")
      return { replicaSets: [], pods: new Map([[uid, all.filter((pod) => isPodOf(workload, pod))]]) };
    const owned = replicaSets.list(namespace).filter((one) => controllerOf(one)?.uid === uid);
    const byOwner = new Map<string, Pod[]>(owned.map((one) => [one.metadata.uid ?? "", []]));
    for (const pod of all) byOwner.get(controllerOf(pod)?.uid ?? "")?.push(pod);
    return { replicaSets: owned, pods: byOwner };
  }

  async function ownerOf(workload: Kinded): Promise<string | undefined> {
    const { uid = "", generation = 0, namespace = "", name = "" } = metadataOf(workload);
    const known = owners.get(uid);
    if (known?.generation === generation) return known.owner;
    // The shared copies keep no managed fields.
    const owner = workloadOwner(await client.get(kindFacts(workload.kind).resource, { namespace, name }));
    owners.set(uid, { generation, owner });
    return owner;
  }

  async function advance(policy: UpdatePolicy, soak: number): Promise<void> {
    const { namespace = "", name = "" } = policy.metadata;
    const status = policy.status ?? {};
    const { rollout } = status;
    if (rollout === undefined) return;
    const workload = workloads.get(namespace, rollout.kind, rollout.name);
    const soaking = rollout.phase === "FirstSoak" || rollout.phase === "LastSoak";
    const plan = planRollout({
      rollout,
      workload: workload === undefined ? undefined : rolloutOf(rollout, workload, belongingsOf(workload)),
      warnings: soaking
        ? (await reader.list(resources.events, { namespace, fieldSelector: "type=Warning" })).items
        : [],
      soak,
      now: now(),
    });
    const run = async (): Promise<void> => {
      for (const step of plan.steps)
        await runStep(client, { namespace, policy: name, rollout: plan.next ?? rollout }, step);
    };
    // What is begun is written down first; what ends is put back first.
    if (plan.next === undefined) await run();
    if (!(await write(policy, statusAfter(status, rollout, plan, now())))) return;
    tellTurn(events, policy, workload === undefined ? undefined : wholeOf(workload), rollout, plan);
    if (plan.next !== undefined) await run();
    if (plan.again !== undefined) queue.addAfter(keyOf(policy), plan.again);
  }

  async function search(policy: UpdatePolicy, read: ReadPolicy, others: readonly ReadPolicy[]): Promise<void> {
    const key = keyOf(policy);
    const { namespace = "" } = policy.metadata;
    const status = policy.status ?? {};
    const last = checked.get(key);
    const due = last === undefined || now() - last >= checkEvery || read.check !== status.check;
    // What came about after its beginning a look may have missed.
    const begun = now();
    if (due) {
      checked.set(key, begun);
      tags.forget(begun);
    }
    const all = workloads.list(namespace);
    const followed = followedOf(read, all, others, (workload, container) =>
      runningDigest(workload, container, belongingsOf(workload)),
    );
    const urgent = (workload: Kinded): boolean =>
      [...belongingsOf(workload).pods.values()].flat().some(wantsReplacement);
    const found = await evaluate({ policy: read, ports, status, followed, urgent, now: now(), ownerOf });
    const { rollout: _, check: __, ...before } = status;
    const next: UpdatePolicyStatus = {
      ...before,
      ...(policy.metadata.generation === undefined ? {} : { observedGeneration: policy.metadata.generation }),
      checkedAt: due ? timestamp(begun) : (status.checkedAt ?? timestamp(begun)),
      ...(read.check === undefined ? {} : { check: read.check }),
      workloads: found.workloads,
      seen: found.seen,
      ...(found.rollout === undefined ? {} : { rollout: found.rollout }),
      bad: (status.bad ?? []).filter(({ digest, since }) => (read.retried.get(digest) ?? 0) <= Date.parse(since)),
    };
    if (await write(policy, next)) tellFound(events, policy, next, all.map(wholeOf));
    const ends = found.workloads.flatMap(({ until }) => (until === undefined ? [] : [Date.parse(until) - now()]));
    queue.addAfter(key, Math.max(soon, Math.min(checkEvery, ...ends)));
  }

  const telling = work(context, replaced, 1, async (key) => {
    const pod = pods.get(splitKey(key));
    if (pod === undefined || !wantsReplacement(pod)) return;
    const { namespace = "" } = pod.metadata;
    const says = unfollowed(pod, policies.list(namespace), (kind, name) => workloads.get(namespace, kind, name));
    if (says !== undefined) events.event(pod, "Warning", "NoReplacement", says);
  });

  await work(context, queue, 2, async (key) => {
    const policy = policies.get(splitKey(key));
    if (policy === undefined || policy.metadata.deletionTimestamp !== undefined) return;
    const read = readPolicy(policy);
    const unreadable = "problem" in read;
    if (policy.status?.rollout !== undefined) return advance(policy, unreadable ? defaultSoak : read.soak);
    if (unreadable) return void (await write(policy, unreadableStatus(policy, read.problem)));
    const others = policies.list(policy.metadata.namespace).flatMap((one) => {
      const other = (one.metadata.name ?? "") < read.name ? readPolicy(one) : undefined;
      return other === undefined || "problem" in other ? [] : [other];
    });
    await search(policy, read, others);
  });
  await telling;
}

function unreadableStatus(policy: UpdatePolicy, problem: string): UpdatePolicyStatus {
  const { metadata, status = {} } = policy;
  return {
    ...status,
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    check: checkOf(policy),
    workloads: [
      {
        kind: "UpdatePolicy",
        name: metadata.name ?? "",
        container: "",
        image: "",
        reason: "BadPolicy",
        message: problem,
      },
    ],
  };
}
