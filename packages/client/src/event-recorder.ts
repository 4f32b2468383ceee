import { type Event, type KubeObject, type Log, type ObjectReference, silentLog } from "@bulkhead/api";
import { createEventCorrelator, type EventInput } from "./event-correlator.ts";
import { eventMessage } from "./event-message.ts";
import { hasReason } from "./failure.ts";
import { resources } from "./resources.ts";
import type { Client, EventRecorder } from "./types.ts";

export interface EventRecorderOptions {
  readonly client: Client;
  /** `deployment-controller`, `kubelet` …: source.component and reportingComponent. */
  readonly component: string;
  /** The node, for those that run on one. */
  readonly host?: string;
  readonly log?: Log;
  /** Events waiting to be sent at most, default 1,000; what comes beyond is dropped and logged. */
  readonly queue?: number;
  readonly now?: () => number;
  /** From then on nothing is sent any more. */
  readonly signal?: AbortSignal;
}

/** Events of one object go one after the other; those of others do not wait for them. */
const lanes = 8;

/** Names an object in an Event. */
export const objectReference = (about: KubeObject): ObjectReference => ({
  kind: about.kind,
  ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
  name: about.metadata.name ?? "",
  ...(about.metadata.uid === undefined ? {} : { uid: about.metadata.uid }),
  apiVersion: about.apiVersion,
  ...(about.metadata.resourceVersion === undefined ? {} : { resourceVersion: about.metadata.resourceVersion }),
});

/** Sends Events in the background; telling never fails and never waits. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder & {
  /** Resolves when all that was told so far is sent or given up. */
  flush(): Promise<void>;
} {
  const { client, component, host, log = silentLog, queue = 1_000, now = Date.now } = options;
  const correlator = createEventCorrelator();
  /** Correlation key → where the Event is. */
  const sent = new Map<string, { readonly namespace: string; readonly name: string }>();
  let waiting = 0;
  let last = 0n;
  const tails: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve());
  const stopped = (): boolean => options.signal?.aborted ?? false;

  const stamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");

  /** Nanoseconds in hexadecimal, as client-go names them; never twice the same. */
  function nameFor(about: KubeObject, at: number): string {
    // Beyond 2^53 doubles skip numbers: two objects of one name would get one Event's name in the same millisecond.
    const time = BigInt(Math.trunc(at)) * 1_000_000n;
    last = time > last ? time : last + 1n;
    return `${about.metadata.name ?? ""}.${last.toString(16)}`;
  }

  async function create(input: EventInput, key: string, message: string, at: number): Promise<void> {
    const namespace = input.about.metadata.namespace ?? "default";
    const name = nameFor(input.about, at);
    const event: Event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: objectReference(input.about),
      reason: input.reason,
      message,
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: stamp(at),
      lastTimestamp: stamp(at),
      count: 1,
      type: input.type,
      reportingComponent: component,
      reportingInstance: host ?? "",
    };
    await client.create(resources.events, event);
    sent.set(key, { namespace, name });
    if (sent.size > 4_096) {
      const oldest = sent.keys().next().value;
      if (oldest !== undefined) sent.delete(oldest);
    }
  }

  async function send(input: EventInput): Promise<void> {
    const at = now();
    const decision = correlator.decide(input, at);
    switch (decision.kind) {
      case "drop":
        return;
      case "create":
        return create(input, decision.key, decision.message, at);
      case "count": {
        const known = sent.get(decision.key);
        if (known === undefined) return create(input, decision.key, decision.message, at);
        try {
          await client.patch(resources.events, known, "strategic", {
            count: decision.count,
            lastTimestamp: stamp(at),
            message: decision.message,
          });
        } catch (error) {
          if (!hasReason(error, "NotFound")) throw error;
          // Events live an hour: the counted one is gone, so this one begins anew.
          correlator.forget(decision.key);
          sent.delete(decision.key);
          await send(input);
        }
      }
    }
  }

  function failed(error: unknown, reason: string): void {
    // An event in a namespace that is being deleted cannot be kept by anyone.
    if (stopped() || hasReason(error, "Forbidden", "NotFound")) return;
    log.warn({ component, reason, error: String(error) }, "an event could not be recorded");
  }

  return {
    event(about, type, reason, message) {
      if (waiting >= queue) return log.warn({ component, reason }, "too many events wait to be sent: one dropped");
      waiting++;
      const lane = laneOf(about);
      const before = tails[lane] ?? Promise.resolve();
      tails[lane] = before
        .then(() => (stopped() ? undefined : send({ about, type, reason, message: eventMessage(message) })))
        .catch((error: unknown) => failed(error, reason))
        .finally(() => {
          waiting--;
        });
    },
    async flush() {
      await Promise.all(tails);
    },
  };
}

function laneOf({ metadata }: KubeObject): number {
  let sum = 0;
  for (const byte of Buffer.from(metadata.uid ?? metadata.name ?? "")) sum = (sum * 31 + byte) >>> 0;
  return sum % lanes;
}
