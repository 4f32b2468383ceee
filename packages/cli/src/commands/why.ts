import type { KubeObject } from "@bulkhead/api";
import { resourceOf } from "@bulkhead/client";
import {
  type AccessQuestion,
  type Because,
  WhyTrafficError,
  type WhyTrafficVerdict,
  whyAccess,
  whyTraffic,
} from "@bulkhead/policy";
import { type Judged, judgeManifests } from "../check/judge-manifests.ts";
import { readFiles } from "../check/read-files.ts";
import { CommandFailure } from "../exit-codes.ts";
import { ask, type Cluster, type ClusterOptions } from "../instance/cluster.ts";
import { snapshotOf } from "../instance/snapshot.ts";
import { type AccessWords, readAccess, withImpliedGroups } from "../why/access-question.ts";
import { isFile } from "../why/is-file.ts";
import { resolveResource, servedResources } from "../why/served-resources.ts";
import { whoAmI } from "../why/who-am-i.ts";

export interface WhyAccessReport {
  readonly question: AccessQuestion;
  readonly decision: "allow" | "deny";
  readonly because: readonly Because[];
  readonly notes: readonly string[];
}

export interface WhyAccessOptions extends ClusterOptions {
  readonly as?: string;
  readonly asGroup?: readonly string[];
}

/** May this user do that? */
export const askAccess = (options: WhyAccessOptions, words: AccessWords): Promise<WhyAccessReport> =>
  ask(options, async (cluster) => {
    if (options.as === undefined && options.asGroup !== undefined) throw new CommandFailure("--as-group needs --as");
    const served = await servedResources(cluster.client);
    const user =
      options.as === undefined ? await whoAmI(cluster.client) : withImpliedGroups(options.as, options.asGroup ?? []);
    const { question, notes } = readAccess(words, user, served, cluster.namespace);
    const snapshot = await snapshotOf(cluster, "access", { nodeRights: user.groups.includes("system:nodes") });
    const { decision, because } = whyAccess(snapshot, question);
    return { question, decision, because, notes: [...notes, ...snapshot.notes] };
  });

export interface WhyTrafficReport {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly decision: "allow" | "deny";
  readonly because: readonly Because[];
  readonly pairs: WhyTrafficVerdict["pairs"];
  readonly notes: readonly string[];
}

/** `web` as `NAMESPACE/web`; addresses and what has a slash stay. */
const inNamespace = (end: string, namespace: string): string =>
  end.includes("/") || /^[0-9.]+$|:/.test(end) ? end : `${namespace}/${end}`;

/** May one end connect to the other? */
export const askTraffic = (
  options: ClusterOptions & { readonly namespace?: string },
  words: readonly [from: string, to: string, port: string],
): Promise<WhyTrafficReport> =>
  ask(options, async (cluster) => {
    const namespace = options.namespace ?? cluster.namespace;
    const [from, to, port] = [inNamespace(words[0], namespace), inNamespace(words[1], namespace), words[2]];
    const snapshot = await snapshotOf(cluster, "traffic");
    try {
      return { from, to, port, ...whyTraffic(snapshot, from, to, port), notes: snapshot.notes };
    } catch (error) {
      if (error instanceof WhyTrafficError) throw new CommandFailure(error.message, 2, error);
      throw error;
    }
  });

export interface WhyPodReport {
  readonly decision: "allow" | "deny";
  readonly judged: readonly Judged[];
  readonly notes: readonly string[];
}

/** May these pods be, and run? A file's, or those of an object that is there: NAME of a pod, or KIND/NAME. */
export const askPod = (
  options: ClusterOptions & { readonly namespace?: string },
  word: string,
  input: AsyncIterable<Buffer>,
): Promise<WhyPodReport> =>
  ask(options, async (cluster) => {
    const namespace = options.namespace ?? cluster.namespace;
    const manifests =
      word === "-" || (await isFile(word))
        ? await fromFile(word, input)
        : [await fromCluster(cluster, word, namespace)];
    const snapshot = await snapshotOf(cluster, "pod");
    const judged = judgeManifests(snapshot, manifests, namespace).filter((j) => j.makesPods || j.answer === "refused");
    if (judged.length === 0) throw new CommandFailure(`nothing in ${word} makes pods`);
    return {
      decision: judged.some((j) => j.answer === "refused") ? "deny" : "allow",
      judged,
      notes: snapshot.notes,
    };
  });

async function fromFile(word: string, input: AsyncIterable<Buffer>) {
  const { manifests, problems } = await readFiles([word], input);
  const [first] = problems;
  if (first !== undefined) throw new CommandFailure(`${first.file}:${first.line}: ${first.says}`);
  return manifests;
}

async function fromCluster(cluster: Cluster, word: string, namespace: string) {
  const [kind, name, ...more] = word.includes("/") ? word.split("/") : ["pods", word];
  if (kind === undefined || name === undefined || name === "" || more.length > 0)
    throw new CommandFailure(`${JSON.stringify(word)} is no file, nor NAME of a pod, nor KIND/NAME`);
  const served = resolveResource(kind, await servedResources(cluster.client));
  const resource = resourceOf({ ...served, resource: served.name });
  const object: KubeObject = await cluster.client.get(resource, { namespace, name });
  return { object: asWritten(object), file: `${served.singular}/${name}`, firstLine: 1, text: "", at: "" };
}

/** Without what the server adds, and what only a running object has. */
function asWritten(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const { status: __, ...rest } = object as KubeObject & { status?: unknown };
  return { ...rest, metadata };
}
