import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Kind, UnreadKind } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import type { Informer, Resource } from "@bulkhead/client";
import type { ControllerContext } from "../controller.ts";
import { seenOf, watchedKinds } from "./watched-kinds.ts";

/** Milliseconds that the first list of a further kind may take. */
const patience = 20_000;

/** Everything that controls look at, followed by list and watch. */
export interface FollowedKinds {
  readonly unread: readonly UnreadKind[];
  objects(): KubeObject[];
}

export interface FollowOptions {
  readonly context: ControllerContext;
  /** An object came or changed in what controls see of it, or went. */
  readonly note: (object: KubeObject, gone: boolean) => void;
  /** Whether somebody reads the whole status of objects of a kind. */
  readonly readsStatus: (object: KubeObject) => boolean;
}

/** Follows kinds as they are asked for: what has been followed once stays followed. */
export function createFollower({ context, note, readsStatus }: FollowOptions): {
  /** Undefined: we are to stop. Resolves when every first list is there. */
  follow(further: readonly Kind[]): Promise<FollowedKinds | undefined>;
} {
  const { informers, reader, log, signal } = context;
  const followed = new Map<string, Informer<KubeObject>>();

  const onChange = (current: KubeObject | undefined, previous: KubeObject | undefined): void => {
    const object = current ?? previous;
    if (object === undefined) return;
    if (current !== undefined && previous !== undefined) {
      const whole = readsStatus(current);
      if (isDeepStrictEqual(seenOf(current, whole), seenOf(previous, whole))) return;
    }
    note(object, current === undefined);
  };

  /** Waits for every first list; of a further kind only for a while, since nothing else may wait for what others define. */
  async function silent(further: readonly Kind[], resources: readonly Resource[]): Promise<readonly UnreadKind[]> {
    const extra = new Set(further.map(({ key }) => key));
    const late: UnreadKind[] = [];
    await Promise.all(
      resources.map(async (resource) => {
        const { synced } = informers.of(resource);
        const key = resource.group === "" ? resource.kind : `${resource.group}/${resource.kind}`;
        if (!extra.has(key)) return synced;
        const timer = new AbortController();
        const waited = setTimeout(patience, true, { signal: timer.signal }).catch(() => false);
        if ((await Promise.race([synced, waited])) === true) late.push({ kind: key, why: "its objects do not come" });
        timer.abort();
      }),
    );
    return late;
  }

  return {
    async follow(further) {
      for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 30_000)) {
        try {
          const { resources, unread } = await watchedKinds(reader, further);
          for (const resource of resources) {
            const key = `${resource.resource}.${resource.group}`;
            if (followed.has(key)) continue;
            const informer = informers.of(resource);
            informer.onChange(onChange);
            followed.set(key, informer);
          }
          const late = await silent(further, resources);
          const objects = () => [...followed.values()].flatMap((informer) => [...informer.list()]);
          return { unread: [...unread, ...late], objects };
        } catch (error) {
          log.debug({ error }, "the server does not say yet what it serves");
          await setTimeout(wait, undefined, { signal }).catch(() => undefined);
        }
      }
      return undefined;
    },
  };
}
