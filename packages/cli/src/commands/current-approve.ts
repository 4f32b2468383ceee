import { createHash } from "node:crypto";
import { type CurrencyApproval, type MachineInventory, securityApiVersion } from "@bulkhead/api";
import { type Client, currencyApprovals, hasReason, machineInventories } from "@bulkhead/client";
import { CommandFailure } from "../exit-codes.ts";
import { ask, type ClusterOptions } from "../instance/cluster.ts";
import { untilOf } from "./current-hold.ts";

export interface ApproveOptions extends ClusterOptions {
  /** The one version that it is for; absent: the one that is offered. */
  readonly version?: string;
  readonly until?: string;
  readonly reason?: string;
}

export interface Approved {
  readonly part: string;
  readonly version: string;
  /** As the API server knows whoever asked. */
  readonly author: string;
  readonly until: string;
}

const longest = 92 * 86_400_000;

/** A newer yes to the same version takes the place of the older one. */
const nameOf = (part: string, version: string): string =>
  `${part.replace(/[^a-z0-9.-]/g, "-")}-${createHash("sha256").update(version).digest("hex").slice(0, 10)}`;

/** Says yes to one version of a part, for a while. Whose word it is the API server writes down. */
export async function approvePart(part: string, options: ApproveOptions, now = Date.now()): Promise<Approved> {
  const until = options.until ?? "7d";
  const end = untilOf(until, now);
  if (end === undefined || end <= now || end - now > longest)
    throw new CommandFailure(
      `--until ${until}: a day to come within three months (2026-12-24), or a time from now (7d)`,
    );
  return ask(options, async ({ client }) => {
    const version = options.version ?? (await offeredVersion(client, part));
    const spec: CurrencyApproval["spec"] = {
      part,
      version,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      // Set by the server to whoever asks.
      author: "unknown",
      expires: new Date(end).toISOString(),
    };
    const name = { namespace: "", name: nameOf(part, version) };
    const object: CurrencyApproval = {
      apiVersion: securityApiVersion,
      kind: "CurrencyApproval",
      metadata: { name: name.name },
      spec,
    };
    const written = await client.create(currencyApprovals, object).catch(async (error: unknown) => {
      if (!hasReason(error, "AlreadyExists")) throw error;
      const { metadata } = await client.get(currencyApprovals, name);
      return client.update(currencyApprovals, { ...object, metadata });
    });
    return { part, version, author: written.spec.author, until: written.spec.expires };
  });
}

/** The version that machines are offered. Throws CommandFailure where that is none, or not the same for all. */
async function offeredVersion(client: Client, part: string): Promise<string> {
  const machines: readonly MachineInventory[] = (await client.list(machineInventories)).items;
  const versions = new Set(
    machines.flatMap(({ machine }) => machine.offers.filter((offer) => offer.part === part).map(({ to }) => to)),
  );
  const [version] = versions;
  if (version === undefined)
    throw new CommandFailure(`nothing newer of ${part} is known to the cluster; --version says which one is meant`, 1);
  if (versions.size > 1)
    throw new CommandFailure(`machines are offered ${[...versions].join(" and ")}; --version says which one is meant`);
  return version;
}
