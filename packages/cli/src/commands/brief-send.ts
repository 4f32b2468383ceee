import { setTimeout } from "node:timers/promises";
import { type BriefSchedule, briefSendAtAnnotation } from "@bulkhead/api";
import { briefSchedules, type Client, hasReason } from "@bulkhead/client";
import { CommandFailure, exitCode } from "../exit-codes.ts";
import { ask, type ClusterOptions } from "../instance/cluster.ts";
import { nearest } from "../output/nearest.ts";

export interface BriefSent {
  readonly name: string;
  /** Where to; its path and query may be a secret of their own. */
  readonly host: string;
  /** RFC 3339. */
  readonly at: string;
}

/** A send tries once for 15 seconds; before, the controller may have to look at everything first. */
const patience = 90_000;
const every = 250;

const inSeconds = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");

/** Has a BriefSchedule send one brief now, and waits for what comes of it. Throws CommandFailure (exit 1) where it does not arrive. */
export async function sendBrief(name: string, options: ClusterOptions): Promise<BriefSent> {
  return ask(options, async ({ client }) => {
    const { spec, status } = await found(client, name);
    if (spec.paused === true) throw new CommandFailure(`BriefSchedule ${name} is paused (spec.paused)`);
    // A period is sent once, and periods are whole seconds.
    const at = inSeconds(Math.max(Date.now(), Date.parse(status?.period ?? "") + 1000 || 0));
    await client.patch(briefSchedules, { namespace: "", name }, "merge", {
      metadata: { annotations: { [briefSendAtAnnotation]: at } },
    });
    for (const end = Date.now() + patience; Date.now() < end; await setTimeout(every)) {
      const says = outcomeOf(await found(client, name), at);
      if (says === "sent") return { name, host: new URL(spec.webhook.url).host, at };
      if (says !== undefined) throw new CommandFailure(`BriefSchedule ${name}: ${says}`, exitCode.no);
    }
    throw new CommandFailure(`BriefSchedule ${name} was not sent yet; kubectl describe brs ${name} tells`, exitCode.no);
  });
}

/** What has come of the brief of a time: it was sent, why not, or nothing yet. */
function outcomeOf({ status }: BriefSchedule, at: string): string | undefined {
  const judged = status?.conditions?.find(({ type }) => type === "Accepted");
  if (judged?.status === "False") return judged.message;
  if (status?.period !== at || status.phase === "Sending") return undefined;
  return status.phase === "Sent" ? "sent" : (status.lastError ?? `it came to ${status.phase ?? "nothing"}`);
}

async function found(client: Client, name: string): Promise<BriefSchedule> {
  try {
    return await client.get(briefSchedules, { namespace: "", name });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    const { items } = await client.list(briefSchedules).catch(() => ({ items: [] }));
    const near = nearest(
      name,
      items.map(({ metadata }) => metadata.name ?? ""),
    );
    throw new CommandFailure(
      `there is no BriefSchedule ${name}${near === undefined ? "" : `; did you mean ${near}?`}`,
      exitCode.usage,
      error,
    );
  }
}
