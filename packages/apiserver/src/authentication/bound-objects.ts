import type { KubeObject, Pod } from "@bulkhead/api";
import { cutOff, type ExceptionRules, normaliseExceptions } from "@bulkhead/policy";
import type { Store, StoredObject } from "@bulkhead/store";
import type { BoundObjects } from "./token-authenticator.ts";

const noExceptions = normaliseExceptions([], 0);

/** Upstream's leeway: a pod that is being deleted keeps its tokens for a minute past its grace. */
const leeway = 60_000;

interface Life {
  readonly uid: string;
  /** Milliseconds since the epoch, or undefined while no deletion has begun. */
  readonly ends: number | undefined;
  /** The object, where it is a pod that was cut off. */
  readonly cut: Pod | undefined;
}

/** Looks at the store at every question; only what an object's bytes say is remembered, and with the object alone. */
export function boundObjects(store: Store, now: () => number, exceptions: () => ExceptionRules): BoundObjects {
  const lives = new WeakMap<StoredObject, Life>();
  const lifeOf = (object: StoredObject): Life => {
    let life = lives.get(object);
    if (life === undefined) {
      const found = JSON.parse(Buffer.from(store.open(object)).toString()) as KubeObject;
      const { deletionTimestamp: deleted, uid = "" } = found.metadata;
      life = {
        uid,
        ends: deleted === undefined ? undefined : Date.parse(deleted),
        cut: found.kind === "Pod" && cutOff(found as Pod, noExceptions) !== undefined ? (found as Pod) : undefined,
      };
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
    cutOff: (namespace, name) => {
      const object = store.get({ group: "", resource: "pods", namespace, name });
      const cut = object === undefined ? undefined : lifeOf(object).cut;
      // An Exception may have let it back.
      return cut === undefined ? undefined : cutOff(cut, exceptions());
    },
  };
}
