import type { KubeObject } from "@bulkhead/api";

/** What a controller wants to tell. */
export interface EventInput {
  readonly about: KubeObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What becomes of it: a new Event, one more count of a known one, or nothing. */
type EventDecision =
  | { readonly kind: "create"; readonly key: string; readonly message: string }
  | { readonly kind: "count"; readonly key: string; readonly message: string; readonly count: number }
  | { readonly kind: "drop" };

export interface CorrelatorLimits {
  /** Events of one object at once, default 25. */
  readonly burst: number;
  /** Milliseconds for one more, default 300,000. */
  readonly refill: number;
  /** Different messages of one reason within `window` before they are combined, default 10. */
  readonly similar: number;
  /** Milliseconds, default 600,000. */
  readonly window: number;
  /** Objects and events remembered, default 4,096. */
  readonly remembered: number;
}

const defaults: CorrelatorLimits = {
  burst: 25,
  refill: 300_000,
  similar: 10,
  window: 600_000,
  remembered: 4_096,
};

/** Counts, combines and limits as client-go's EventCorrelator does. Time is handed in. */
export interface EventCorrelator {
  decide(input: EventInput, now: number): EventDecision;
  /** The Event of this key is gone at the server: the next one is new. */
  forget(key: string): void;
}

export function createEventCorrelator(limits: Partial<CorrelatorLimits> = {}): EventCorrelator {
  const { burst, refill, similar, window, remembered } = { ...defaults, ...limits };
  const buckets = new Map<string, { tokens: number; at: number }>();
  const groups = new Map<string, { messages: Set<string>; at: number }>();
  const counts = new Map<string, number>();

  /** Least recently used goes first. */
  function touch<V>(map: Map<string, V>, key: string, value: V): void {
    map.delete(key);
    map.set(key, value);
    if (map.size > remembered) {
      const oldest = map.keys().next().value;
      if (oldest !== undefined) map.delete(oldest);
    }
  }

  function allowed(object: string, now: number): boolean {
    const bucket = buckets.get(object) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refill);
    touch(buckets, object, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1;
  }

  return {
    decide({ about, type, reason, message }, now) {
      const { namespace = "", name = "", uid = "" } = about.metadata;
      const object = [about.apiVersion, about.kind, namespace, name, uid].join("\0");
      const group = [object, type, reason].join("\0");
      const known = groups.get(group);
      const messages = known === undefined || now - known.at > window ? new Set<string>() : known.messages;
      messages.add(message);
      touch(groups, group, { messages, at: now });
      const combined = messages.size >= similar;
      // The set must not grow with every new message of a noisy reason.
      if (messages.size > similar) messages.delete(message);
      const shown = combined ? `(combined from similar events): ${message}` : message;
      const key = combined ? group : [group, message].join("\0");
      const count = (counts.get(key) ?? 0) + 1;
      touch(counts, key, count);
      if (!allowed(object, now)) return { kind: "drop" };
      return count === 1 ? { kind: "create", key, message: shown } : { kind: "count", key, message: shown, count };
    },
    forget(key) {
      counts.delete(key);
    },
  };
}
