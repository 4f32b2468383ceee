import type { Exception } from "@bulkhead/api";
import { exceptions as exceptionResource } from "@bulkhead/client";
import type { NodePolicy } from "@bulkhead/policy";
import { parseTime } from "@bulkhead/policy";
import { readNodePolicy } from "../allow/node-file.ts";
import { ask, type ClusterOptions } from "../instance/cluster.ts";

export interface AllowedReport {
  /** Milliseconds since the epoch: when this was asked. */
  readonly now: number;
  /** The next to end first; ended ones last. */
  readonly exceptions: readonly Exception[];
  /** The node's own file; undefined where it may not be read, or the cluster is another machine's. */
  readonly node: NodePolicy | undefined;
}

/** Every Exception there is, of one namespace or all. */
export const listAllowed = (options: ClusterOptions & { readonly namespace?: string }): Promise<AllowedReport> =>
  ask(options, async ({ client, instance, paths }) => {
    const { items } = await client.list(
      exceptionResource,
      options.namespace === undefined ? {} : { namespace: options.namespace },
    );
    const now = Date.now();
    const end = (e: Exception): number => parseTime(e.spec.expires);
    const later = (e: Exception): number => (end(e) > now ? end(e) : Number.POSITIVE_INFINITY);
    const exceptions = (items as Exception[]).toSorted((a, b) =>
      later(a) === later(b) ? end(b) - end(a) : later(a) - later(b),
    );
    return {
      now,
      exceptions,
      node: instance === undefined ? undefined : await readNodePolicy(paths.root).catch(() => undefined),
    };
  });
