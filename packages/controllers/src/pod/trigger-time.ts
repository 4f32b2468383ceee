import type { Pod, Service } from "@bulkhead/api";
import { podCondition } from "./pod-state.ts";

interface Seen {
  readonly service: number;
  readonly pods: ReadonlyMap<string, number>;
}

const parse = (time: string | undefined): number => {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? 0 : at;
};

/** Remembers, per Service, what was seen last, and says when the first of the new changes happened. */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();
  /** What a turn saw whose writes are not done yet: if they fail, the next turn tells the same time again. */
  readonly #pending = new Map<string, Seen>();

  /** RFC 3339, or undefined when nothing with a time of its own has changed (a deletion has none). */
  next(key: string, service: Service, pods: readonly Pod[]): string | undefined {
    const before = this.#seen.get(key);
    const now = new Map<string, number>();
    let first = 0;
    const consider = (time: number, last: number): void => {
      if (time > last && (first === 0 || time < first)) first = time;
    };
    for (const pod of pods) {
      const time = parse(podCondition(pod, "Ready")?.lastTransitionTime);
      if (time === 0) continue;
      const name = pod.metadata.name ?? "";
      now.set(name, time);
      consider(time, before?.pods.get(name) ?? 0);
    }
    const created = parse(service.metadata.creationTimestamp);
    consider(created, before?.service ?? 0);
    this.#pending.set(key, { service: created, pods: now });
    return first === 0 ? undefined : new Date(first).toISOString().replace(/\.\d+Z$/, "Z");
  }

  /** The turn's writes are done. */
  settle(key: string): void {
    const seen = this.#pending.get(key);
    if (seen !== undefined) this.#seen.set(key, seen);
    this.#pending.delete(key);
  }

  forget(key: string): void {
    this.#seen.delete(key);
    this.#pending.delete(key);
  }
}
