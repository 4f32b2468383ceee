import type { KubeObject, ObjectName } from "@bulkhead/api";
import type { Informer } from "@bulkhead/client";

/** Longer than this no copy lags behind; after it we trust the copy again. */
const patience = 300_000;

/**
 * What we wrote and the copy does not show yet. While something is expected of a key, nothing more may be made or
 * deleted for it: the count would be wrong. By UID, so that it cannot be confused by namesakes.
 */
export class Expectations<T extends KubeObject> {
  readonly #informer: Informer<T>;
  readonly #now: () => number;
  readonly #expected = new Map<string, Map<string, { name: ObjectName; gone: boolean; at: number }>>();

  constructor(informer: Informer<T>, now: () => number) {
    this.#informer = informer;
    this.#now = now;
    // An object that came and went before we looked would be expected for ever.
    informer.onChange((current, previous) => {
      if (current !== undefined || previous === undefined) return;
      for (const expected of this.#expected.values()) expected.delete(previous.metadata.uid ?? "");
    });
  }

  created(key: string, object: T): void {
    this.#expect(key, object, false);
  }

  deleted(key: string, object: T): void {
    this.#expect(key, object, true);
  }

  forget(key: string): void {
    this.#expected.delete(key);
  }

  /** Whether the copy shows all that we did for this key. */
  settled(key: string): boolean {
    const expected = this.#expected.get(key);
    if (expected === undefined) return true;
    for (const [uid, { name, gone, at }] of expected) {
      const seen = this.#informer.get(name);
      const there = seen?.metadata.uid === uid;
      const met = gone ? !there || seen?.metadata.deletionTimestamp !== undefined : there;
      if (met || this.#now() - at > patience) expected.delete(uid);
    }
    if (expected.size > 0) return false;
    this.#expected.delete(key);
    return true;
  }

  #expect(key: string, object: T, gone: boolean): void {
    const { uid = "", namespace = "", name = "" } = object.metadata;
    const expected = this.#expected.get(key) ?? new Map();
    expected.set(uid, { name: { namespace, name }, gone, at: this.#now() });
    this.#expected.set(key, expected);
  }
}
