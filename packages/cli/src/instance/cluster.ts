import { StatusError } from "@bulkhead/api";
import { type Client, clientOptionsOf, createClient, KubeconfigError, loadKubeconfig } from "@bulkhead/client";
import { type InstanceConfig, type InstancePaths, instancePaths } from "@bulkhead/host";
import { NodePolicyError } from "@bulkhead/policy";
import { CommandFailure, NoInstanceFailure } from "../exit-codes.ts";
import { findInstance, instanceAt, knownInstances, kubeconfigFiles, rootToSay, serves } from "./find-instance.ts";
import { type Reach, withReach } from "./reach.ts";
import { rootToMake } from "./usual-root.ts";

/** The API that a question is put to, and the instance on this machine that serves it, where it is one of ours. */
export interface Cluster {
  readonly client: Client;
  readonly server: string;
  /** The namespace of the kubeconfig's context. */
  readonly namespace: string;
  readonly paths: InstancePaths;
  /** Undefined where the kubeconfig leads elsewhere: then nothing of this machine counts. */
  readonly instance: InstanceConfig | undefined;
  /** How commands that are printed reach it. */
  readonly reach: Reach;
}

export interface ClusterOptions {
  /** As named; undefined: the instance is looked for. */
  readonly root?: string;
  readonly kubeconfig?: string;
  /** Of the kubeconfig; absent: its current one. */
  readonly context?: string;
}

type Context = ReturnType<typeof clientOptionsOf>;

/** The user and API of kubeconfig files. Throws CommandFailure. */
async function contextOf(files: readonly string[], name?: string): Promise<Context> {
  try {
    return clientOptionsOf(await loadKubeconfig(files), name);
  } catch (error) {
    if (error instanceof KubeconfigError) throw new CommandFailure(error.message, 2, error);
    throw error;
  }
}

/**
 * Opens the kubeconfig named; else, of an instance that was named, $KUBECONFIG where it leads there, or the admin; else
 * $KUBECONFIG; else the admin of the instance that is here (see `chooseRoot`). The admin's is root's.
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const environment = kubeconfigFiles();
  const files = options.kubeconfig === undefined ? environment : [options.kubeconfig];
  if (options.kubeconfig === undefined && options.root !== undefined && options.context === undefined) {
    const named = await instanceAt(options.root, await knownInstances());
    const context = environment === undefined ? undefined : await contextOf(environment).catch(() => undefined);
    if (context === undefined || !serves(named.config, context.options.server)) return asAdmin(named);
    return opened(context, named, "environment", undefined);
  }
  if (files === undefined && options.context !== undefined)
    throw new CommandFailure(
      `--context ${options.context} is one of a kubeconfig: name it with --kubeconfig, or in $KUBECONFIG`,
    );
  if (files === undefined) return asAdmin(await findInstance(undefined));
  const context = await contextOf(files, options.context);
  const { server } = context.options;
  const here = (await knownInstances()).find(({ config }) => serves(config, server));
  const named = options.root === undefined ? undefined : await instanceAt(options.root).catch(() => undefined);
  const found =
    named !== undefined && serves(named.config, server)
      ? named
      : here === undefined
        ? undefined
        : { paths: instancePaths(here.root), config: here.config };
  const [by, file] =
    options.kubeconfig === undefined ? (["environment", undefined] as const) : (["kubeconfig", files[0]] as const);
  return opened(context, found, by, file);
}

type Found = Awaited<ReturnType<typeof instanceAt>>;

async function opened(
  context: Context,
  found: Found | undefined,
  by: Reach["by"],
  kubeconfig: string | undefined,
): Promise<Cluster> {
  return {
    client: createClient(context.options),
    server: context.options.server,
    namespace: context.namespace === "" ? "default" : context.namespace,
    paths: found?.paths ?? instancePaths(rootToMake(undefined)),
    instance: found?.config,
    reach: { root: found === undefined ? undefined : await rootToSay(found.paths.root), kubeconfig, by },
  };
}

async function asAdmin(found: Found): Promise<Cluster> {
  const { kubeconfig, root } = found.paths;
  const context = await contextOf([kubeconfig]).catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error;
    throw new NoInstanceFailure(
      `the instance at ${root} has no admin that you may be (${error.message}); name a --kubeconfig`,
      error,
    );
  });
  return opened(context, found, "root", kubeconfig);
}

/** Puts a question; whatever keeps it from being answered is exit code 2, never 1. */
export async function ask<T>(options: ClusterOptions, question: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = await openCluster(options);
  try {
    return withReach(await question(cluster), cluster.reach);
  } catch (error) {
    throw unanswered(error);
  } finally {
    cluster.client.close();
  }
}

function unanswered(error: unknown): unknown {
  if (error instanceof NodePolicyError)
    return new CommandFailure(`${error.message}; until it is put right the node starts no pod`, 2, error);
  if (!(error instanceof StatusError)) return error;
  const hint =
    error.reason === "Forbidden"
      ? "; the question needs these objects: ask as someone who may read them (--kubeconfig)"
      : error.reason === "ServiceUnavailable"
        ? "; is it up? bulkhead status tells"
        : "";
  return new CommandFailure(`${error.message}${hint}`, 2, error);
}
