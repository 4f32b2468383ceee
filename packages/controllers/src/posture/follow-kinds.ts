import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Kind, ToldFacts, UnreadKind } from "@bulkhead/analysis";
import type { KubeObject } from "@bulkhead/api";
import { type Informer, postureFacts, type Resource } from "@bulkhead/client";
import type { ControllerContext } from "../controller.ts";
import { followFacts } from "./follow-facts.ts";
import { seenOf, watchedKinds } from "./watched-kinds.ts";

/** Milliseconds that the first list of a further kind may take. */
const patience = 20_000;

/** Everything that controls look at, followed by list and watch. */
export interface FollowedKinds {
  /** Of the API, as they are now. */
  objects(): KubeObject[];
  /** These, and what machines tell of themselves, with all that is not known. */
  take(): ToldFacts;
}

export interface FollowOptions {
  readonly context: ControllerContext;
  /** An object came or changed in what controls see of it, or went. */
  readonly note: (object: KubeObject, gone: boolean) => void;
  /** What machines tell of themselves has come to be known, or is not known any more. */
  readonly onGap: () => void;
  /** Whether somebody reads the whole status of objects of a kind. */
  readonly readsStatus: (object: KubeObject) => boolean;
}

/** Follows kinds as they are asked for: what has been followed once stays followed. */
export function createFollower({ context, note, onGap, readsStatus }: FollowOptions): {
  /** Undefined: we are to stop. Resolves when every first list is there. */
  follow(further: readonly Kind[]): Promise<FollowedKinds | undefined>;
  /** To be called as time goes. */
  tick(): void;
} {
  const { informers, reader, log, signal, now } = context;
  const followed = new Map<string, Informer<KubeObject>>();
  const published = informers.hint(postureFacts);
  const facts = followFacts({ published, now, note, onGap });

  const onChange = (current: KubeObject | undefined, previous: KubeObject | undefined): void => {
    const object = current ?? previous;
    if (object === undefined) return;
    if (current !== undefined && previous !== undefined) {
      const whole = readsStatus(current);
      if (isDeepStrictEqual(seenOf(current, whole), seenOf(previous, whole))) return;
    }
    note(object, current === undefined);
  };

  /** Whether a first list comes; nothing else may wait long for it. */
  async function comes({ synced }: Pick<Informer<KubeObject>, "synced">): Promise<boolean> {
    const timer = new AbortController();
    const waited = setTimeout(patience, "late" as const, { signal: timer.signal }).catch(() => "late" as const);
    const first = await Promise.race([synced, waited]);
    timer.abort();
    return first !== "late";
  }

  /** Waits for every first list; of a further kind only for a while, since others define it. */
  async function silent(further: readonly Kind[], resources: readonly Resource[]): Promise<readonly UnreadKind[]> {
    const extra = new Set(further.map(({ key }) => key));
    const late: UnreadKind[] = [];
    await Promise.all(
      resources.map(async (resource) => {
        const informer = informers.of(resource);
        const key = resource.group === "" ? resource.kind : `${resource.group}/${resource.kind}`;
        if (!extra.has(key)) return informer.synced;
        if (!(await comes(informer))) late.push({ kind: key, why: "its objects do not come" });
      }),
    );
    return late;
  }

  return {
    async follow(further) {
      for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 30_000)) {
        try {
          const { resources, unread, machines } = await watchedKinds(reader, further);
          for (const resource of resources) {
            const key = `${resource.resource}.${resource.group}`;
            if (followed.has(key)) continue;
            const informer = informers.of(resource);
            informer.onChange(onChange);
            followed.set(key, informer);
          }
          const [late] = await Promise.all([silent(further, resources), machines ? comes(published) : false]);
          const objects = () => [...followed.values()].flatMap((informer) => [...informer.list()]);
          return {
            objects,
            take() {
              const told = facts.take();
              return { objects: [...objects(), ...told.objects], unread: [...unread, ...late, ...told.unread] };
            },
          };
        } catch (error) {
          log.debug({ error }, "the server does not say yet what it serves");
          await setTimeout(wait, undefined, { signal }).catch(() => undefined);
        }
      }
      return undefined;
    },
    tick: () => facts.tick(),
  };
}
