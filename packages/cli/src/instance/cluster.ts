import { StatusError } from "@bulkhead/api";
import { type Client, clientOptionsOf, createClient, KubeconfigError, loadKubeconfig } from "@bulkhead/client";
import { type InstanceConfig, type InstancePaths, instancePaths, readInstance } from "@bulkhead/host";
import { NodePolicyError } from "@bulkhead/policy";
import { CommandFailure } from "../exit-codes.ts";

/** The API that a question is put to, and the instance on this machine that serves it, where it is one of ours. */
export interface Cluster {
  readonly client: Client;
  readonly server: string;
  /** The namespace of the kubeconfig's context. */
  readonly namespace: string;
  readonly paths: InstancePaths;
  /** Undefined where the kubeconfig leads elsewhere: then nothing of this machine counts. */
  readonly instance: InstanceConfig | undefined;
}

export interface ClusterOptions {
  readonly root: string;
  readonly kubeconfig?: string;
}

/** Opens the kubeconfig named, else KUBECONFIG, else the instance's admin (root's). */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const paths = instancePaths(options.root);
  const named = options.kubeconfig ?? process.env["KUBECONFIG"];
  const files = named === undefined ? [paths.kubeconfig] : named.split(":").filter((f) => f !== "");
  try {
    const context = clientOptionsOf(await loadKubeconfig(files));
    const { server } = context.options;
    const config = await readInstance(options.root).catch(() => undefined);
    return {
      client: createClient(context.options),
      server,
      namespace: context.namespace === "" ? "default" : context.namespace,
      paths,
      instance: config !== undefined && serves(config, server) ? config : undefined,
    };
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new CommandFailure(
      named === undefined
        ? `no instance at ${paths.root} that you may use (${error.message}); start one with: bulkhead up, or name a --kubeconfig`
        : error.message,
      2,
      error,
    );
  }
}

function serves(config: InstanceConfig, server: string): boolean {
  const { hostname, port } = new URL(server);
  const here = ["127.0.0.1", "localhost", "[::1]", config.listen, `[${config.listen}]`];
  return Number(port) === config.port && here.includes(hostname);
}

/** Puts a question; whatever keeps it from being answered is exit code 2, never 1. */
export async function ask<T>(options: ClusterOptions, question: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = await openCluster(options);
  try {
    return await question(cluster);
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
