import { factsToPublish } from "@bulkhead/analysis";
import { type PostureFacts, securityApiVersion } from "@bulkhead/api";
import { type Client, postureFacts, resources } from "@bulkhead/client";
import type { FoundInstance } from "../instance/find-instance.ts";
import { gatherFacts } from "../posture/gather-facts.ts";
import { isNews, publish, publishedAs } from "./published.ts";

/** So often at least the machine says it anew: what is older than three hours counts as not known. */
const publishAgain = 3_600_000;

/** Publishes what only the machine can say for its posture; true: something was written. `now` in milliseconds. */
export async function publishFacts(client: Client, { paths, config }: FoundInstance, now: number): Promise<boolean> {
  const name = config.nodeName;
  const node = await publishedAs(client, resources.nodes, name);
  const objects = node === undefined ? [] : [{ ...node, apiVersion: "v1", kind: "Node" }];
  const gathered = await gatherFacts({ client, paths, instance: config }, { objects, unread: [] }, false);
  const told = factsToPublish(gathered, new Date(now).toISOString());
  const there = await publishedAs(client, postureFacts, name);
  if (!isNews(there?.told, told, publishAgain)) return false;
  const planned: PostureFacts = { apiVersion: securityApiVersion, kind: "PostureFacts", metadata: { name }, told };
  await publish(client, postureFacts, there, planned);
  return true;
}
