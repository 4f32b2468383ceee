import { type CurrencyInventory, type Item, inventoryOf } from "@bulkhead/analysis";
import { type Gathered, gatherCluster, together } from "@bulkhead/controllers";
import { askOffers, CommandError } from "@bulkhead/host";
import { advisoriesFile } from "../advisories/database-file.ts";
import { askRelease, type ReleaseOptions, releaseOptionsGiven } from "../current/ask-release.ts";
import { gatherMachine } from "../current/gather-machine.ts";
import { gatherManifests } from "../current/gather-manifests.ts";
import { openLookups } from "../current/lookups.ts";
import { itemNamed, type Selection, selected } from "../current/select.ts";
import { CommandFailure } from "../exit-codes.ts";
import { ask, type Cluster, type ClusterOptions } from "../instance/cluster.ts";
import { type FoundInstance, findInstance } from "../instance/find-instance.ts";
import { askFollowed } from "../release/followed.ts";

export interface CurrentOptions extends ClusterOptions, Selection, ReleaseOptions {
  readonly context?: string;
  /** Manifests, instead of a cluster. */
  readonly from?: readonly string[];
  /** With `from`: the release they are for. */
  readonly serverVersion?: string;
  readonly database?: string;
  /** Ask the Debian mirror for the parts now, and a registry for Bulkhead itself. */
  readonly ask?: boolean;
}

/** Everything that could grow old, judged. Throws CommandFailure (exit 2) where the question cannot be asked. */
export async function current(
  options: CurrentOptions,
  input: AsyncIterable<Buffer>,
  now = Date.now(),
): Promise<CurrencyInventory> {
  const { of, root, gathered } = await gather(options, input, now);
  const lookups = openLookups(
    advisoriesFile({ root, ...(options.database === undefined ? {} : { database: options.database }) }),
    now,
    gathered.goFunctions,
  );
  try {
    const { subjects, others } = gathered;
    const unseen = [
      ...gathered.unseen,
      ...(lookups.failed === undefined ? [] : [{ what: "advisories", why: `${lookups.failed}; ask as root` }]),
    ];
    return selected(inventoryOf(subjects, others, lookups, { of, now, unseen }), options);
  } finally {
    lookups.close();
  }
}

interface Place {
  readonly of: string;
  /** Whose advisories are asked. */
  readonly root: string;
  readonly gathered: Gathered;
}

async function gather(options: CurrentOptions, input: AsyncIterable<Buffer>, now: number): Promise<Place> {
  const { from, context, kubeconfig } = options;
  if (options.ask !== true && releaseOptionsGiven(options))
    throw new CommandFailure("--registry, --registry-keys, --trusted-root, --source and --workflow go with --ask");
  if (from !== undefined) {
    if (context !== undefined || kubeconfig !== undefined)
      throw new CommandFailure("--from looks at manifests and asks no cluster: leave --context and --kubeconfig out");
    const gathered = await gatherManifests(from, input, options.serverVersion);
    return { of: from.join(", "), root: options.root ?? "/", gathered };
  }
  if (options.serverVersion !== undefined)
    throw new CommandFailure("--server-version goes with --from: a cluster says for itself what it is");
  if (context !== undefined || kubeconfig !== undefined)
    return ask(options, (cluster) => ofCluster(cluster, options, now));
  return ofInstance(await findInstance(options.root), options, now);
}

async function ofCluster(cluster: Cluster, options: CurrentOptions, now: number): Promise<Place> {
  const { client, server, paths, instance } = cluster;
  const ours = instance !== undefined;
  const [api, machine] = await Promise.all([
    gatherCluster({ client, server, ours }, now),
    ours ? machineOf(paths, options, now) : undefined,
  ]);
  return {
    of: ours ? paths.root : server,
    root: paths.root,
    gathered: machine === undefined ? api : together(machine, api),
  };
}

/** An instance that does not run, or whose admin one may not be, is looked at from its folder alone. */
async function ofInstance({ paths }: FoundInstance, options: CurrentOptions, now: number): Promise<Place> {
  const machine = await machineOf(paths, options, now);
  try {
    const api = await ask({ root: paths.root }, ({ client, server }) =>
      gatherCluster({ client, server, ours: true }, now),
    );
    return { of: paths.root, root: paths.root, gathered: together(machine, api) };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const unseen = [{ what: "objects, images and tokens", why: `the API was not asked: ${error.message}` }];
    return { of: paths.root, root: paths.root, gathered: together(machine, { subjects: [], others: [], unseen }) };
  }
}

async function machineOf(paths: FoundInstance["paths"], options: CurrentOptions, now: number): Promise<Gathered> {
  if (options.ask !== true) return gatherMachine(paths, now);
  const failed = await askOffers(paths, now).then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      return { what: "what Debian has of the parts now", why: error.message };
    },
  );
  // What root said of where releases come from, unless the person says otherwise.
  const gathered = await gatherMachine(paths, now, async (here) =>
    releaseOptionsGiven(options)
      ? askRelease(options, here, now)
      : ((await askFollowed(paths, here, now, true)) ?? askRelease(options, here, now)),
  );
  return failed === undefined ? gathered : { ...gathered, unseen: [...gathered.unseen, failed] };
}

/** One item, by `part/runc` or a name that is of one kind only. */
export async function currentShow(name: string, options: CurrentOptions, input: AsyncIterable<Buffer>): Promise<Item> {
  return itemNamed(await current(options, input), name);
}
