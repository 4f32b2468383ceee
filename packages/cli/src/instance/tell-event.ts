import { randomBytes } from "node:crypto";
import type { Event } from "@bulkhead/api";
import { type Client, resources } from "@bulkhead/client";
import type { InstanceConfig } from "@bulkhead/host";

/** Something that root did to an instance. */
export interface ToldEvent {
  /** `bulkhead-backup`. */
  readonly component: string;
  /** What the name of the Event says: names are what the audit log keeps of a request. */
  readonly name: string;
  readonly reason: string;
  readonly message: string;
  readonly type: "Normal" | "Warning";
}

/** Tells it to the API, as an Event in `default` about the node. False where the API does not take it. */
export async function tellEvent(
  client: Client,
  { nodeName }: Pick<InstanceConfig, "nodeName">,
  { component, name, reason, message, type }: ToldEvent,
  now: number,
): Promise<boolean> {
  const at = new Date(now).toISOString().replace(/\.\d+Z$/, "Z");
  const event: Event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace: "default", name: `${name}.${randomBytes(4).toString("hex")}` },
    involvedObject: { apiVersion: "v1", kind: "Node", name: nodeName },
    reason,
    message: message.slice(0, 1000),
    type,
    source: { component },
    reportingComponent: component,
    reportingInstance: nodeName,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
  return client.create(resources.events, event).then(
    () => true,
    () => false,
  );
}
