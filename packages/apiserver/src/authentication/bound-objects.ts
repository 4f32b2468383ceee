import type { KubeObject } from "@bulkhead/api";
import type { Store, StoredObject } from "@bulkhead/store";
import type { BoundObjects } from "./token-authenticator.ts";

/** Upstream's leeway: a pod that is being deleted keeps its tokens for a minute past its grace. */
const leeway = 60_000;

interface Life {
  readonly uid: string;
  /** Milliseconds since the epoch, or undefined while no deletion has begun. */
  readonly ends: number | undefined;
}

/** Looks at the store at every question; only what an object's bytes say is remembered, and with the object alone. */
export function boundObjects(store: Store, now: () => number): BoundObjects {
  const lives = new WeakMap<StoredObject, Life>();
  const lifeOf = (object: StoredObject): Life => {
    let life = lives.get(object);
    if (life === undefined) {
      const { metadata } = JSON.parse(Buffer.from(store.open(object)).toString()) as KubeObject;
      const deleted = metadata.deletionTimestamp;
      life = { uid: metadata.uid ?? "", ends: deleted === undefined ? undefined : Date.parse(deleted) };
      lives.set(object, life);
    }
    return life;
  };
  return {
    uid: (resource, namespace, name) => {
      const object = store.get({ group: "", resource, namespace, name });
      if (object === undefined) return undefined;
      const { uid, ends } = lifeOf(object);
      return ends !== undefined && now() > ends + leeway ? undefined : uid;
    },
  };
}
