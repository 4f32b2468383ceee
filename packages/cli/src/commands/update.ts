import {
  type UpdatePolicy,
  updateApprovedAnnotation,
  updateCheckAnnotation,
  updateRetryAnnotation,
} from "@bulkhead/api";
import { type Client, hasReason, updatePolicies } from "@bulkhead/client";
import { CommandFailure } from "../exit-codes.ts";
import { ask, type ClusterOptions } from "../instance/cluster.ts";
import { type GitPatch, gitPatch } from "../update/git-patch.ts";
import { readManifests } from "../update/read-manifests.ts";
import { historyOf, planOf, type UpdateHistory, type UpdatePlan } from "../update/update-report.ts";

export interface UpdateOptions extends ClusterOptions {
  readonly namespace?: string;
}

/** Seconds that a fresh look at the registries may take. */
const patience = 60;

const inNamespace = ({ namespace }: UpdateOptions) => (namespace === undefined ? {} : { namespace });

async function listed(client: Client, options: UpdateOptions): Promise<readonly UpdatePolicy[]> {
  const { items } = await client.list(updatePolicies, inNamespace(options));
  return items.toSorted((a, b) =>
    `${a.metadata.namespace ?? ""}/${a.metadata.name ?? ""}` < `${b.metadata.namespace ?? ""}/${b.metadata.name ?? ""}`
      ? -1
      : 1,
  );
}

const annotated = (
  client: Client,
  { metadata }: UpdatePolicy,
  annotations: Record<string, string>,
): Promise<UpdatePolicy> =>
  client.patch(
    updatePolicies,
    { namespace: metadata.namespace ?? "", name: metadata.name ?? "" },
    "merge",
    // Somebody else's word of the same moment is not written over.
    { metadata: { annotations, resourceVersion: metadata.resourceVersion } },
    { fieldManager: "bulkhead-update" },
  );

/** Asks the registries anew, and waits until that is done. */
async function refreshed(client: Client, options: UpdateOptions): Promise<readonly UpdatePolicy[]> {
  const asked = new Date().toISOString();
  const before = await listed(client, options);
  for (const policy of before) await annotated(client, policy, { [updateCheckAnnotation]: asked });
  const deadline = Date.now() + patience * 1_000;
  for (;;) {
    const policies = await listed(client, options);
    const waiting = policies.filter(
      ({ metadata, status }) =>
        status?.rollout === undefined &&
        before.some((one) => one.metadata.uid === metadata.uid) &&
        // Somebody who asked later is heard for us too.
        (status?.check ?? "") < asked,
    );
    if (waiting.length === 0) return policies;
    if (Date.now() > deadline)
      throw new CommandFailure(`the registries were not asked within ${patience} s; are the controllers up?`, 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What would be updated now, and why the rest is not. */
export const updatePlan = (options: UpdateOptions & { readonly check?: boolean }): Promise<UpdatePlan> =>
  ask(options, async ({ client }) =>
    planOf(options.check === true ? await refreshed(client, options) : await listed(client, options)),
  );

/** The candidates as a patch to the manifests below a folder. */
export async function updatePatch(
  options: UpdateOptions & { readonly check?: boolean; readonly from: string },
): Promise<GitPatch> {
  const manifests = await readManifests(options.from);
  const { updates } = await updatePlan(options);
  const wanted = updates.flatMap(({ namespace, workload, container, candidate, reason }) => {
    const [kind = "", name = ""] = workload.split("/");
    const take = candidate !== undefined && (reason === "OwnedByOther" || reason === "Ready");
    return take ? [{ kind, namespace, name, container, image: candidate.image }] : [];
  });
  return gitPatch(manifests, wanted);
}

export interface Marked {
  readonly namespace: string;
  readonly policy: string;
  readonly digests: readonly string[];
}

async function named(client: Client, name: string, namespace: string): Promise<UpdatePolicy> {
  return client.get(updatePolicies, { namespace, name }).catch((error: unknown) => {
    if (!hasReason(error, "NotFound")) throw error;
    throw new CommandFailure(`there is no UpdatePolicy ${namespace}/${name}`, 2, error);
  });
}

/** Adds digests to an annotation's words; older words of the same digests, and all beyond 32, go. */
export function withMarks(before: string | undefined, digests: readonly string[], time: string): string {
  const kept = (before ?? "").split(/\s+/).filter((word) => word !== "" && !digests.includes(word.split("=")[0] ?? ""));
  return [...kept, ...digests.map((digest) => `${digest}=${time}`)].slice(-32).join(" ");
}

/** Says yes to what a policy waits for. Throws CommandFailure where it waits for nobody. */
export const approve = (name: string, options: UpdateOptions & { readonly digest?: string }): Promise<Marked> =>
  ask(options, async ({ client, namespace: current }) => {
    const policy = await named(client, name, options.namespace ?? current);
    const { namespace = "", annotations } = policy.metadata;
    const waiting = (policy.status?.workloads ?? [])
      .filter(({ reason }) => reason === "ApprovalWanted")
      .flatMap(({ candidate }) => (candidate === undefined ? [] : [candidate.digest]));
    const digests = [...new Set(waiting)].filter((d) => options.digest === undefined || d.startsWith(options.digest));
    if (digests.length === 0) throw new CommandFailure(`UpdatePolicy ${namespace}/${name} waits for no approval`, 1);
    const marks = withMarks(annotations?.[updateApprovedAnnotation], digests, new Date().toISOString());
    await annotated(client, policy, { [updateApprovedAnnotation]: marks });
    return { namespace, policy: name, digests };
  });

/** Lets what failed be tried again. Throws CommandFailure where nothing failed. */
export const retry = (name: string, options: UpdateOptions & { readonly digest?: string }): Promise<Marked> =>
  ask(options, async ({ client, namespace: current }) => {
    const policy = await named(client, name, options.namespace ?? current);
    const { namespace = "", annotations } = policy.metadata;
    const digests = (policy.status?.bad ?? [])
      .map(({ digest }) => digest)
      .filter((digest) => options.digest === undefined || digest.startsWith(options.digest));
    if (digests.length === 0) throw new CommandFailure(`nothing failed under UpdatePolicy ${namespace}/${name}`, 1);
    const marks = withMarks(annotations?.[updateRetryAnnotation], digests, new Date().toISOString());
    await annotated(client, policy, { [updateRetryAnnotation]: marks });
    return { namespace, policy: name, digests };
  });

/** What ended, of one policy or all. */
export const updateHistory = (options: UpdateOptions & { readonly name?: string }): Promise<UpdateHistory> =>
  ask(options, async ({ client, namespace }) => {
    const { name } = options;
    const policies =
      name === undefined ? await listed(client, options) : [await named(client, name, options.namespace ?? namespace)];
    return historyOf(policies);
  });
