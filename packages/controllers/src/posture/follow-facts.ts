import { isDeepStrictEqual } from "node:util";
import { kindKeyOf, type ToldFacts, toldFacts } from "@bulkhead/analysis";
import type { KubeObject, PostureFacts } from "@bulkhead/api";
import type { Informer } from "@bulkhead/client";

export interface FollowFactsOptions {
  readonly published: Pick<Informer<PostureFacts>, "list" | "onChange">;
  readonly now: () => number;
  /** One of a machine's facts came or says otherwise, or went. */
  readonly note: (object: KubeObject, gone: boolean) => void;
  /** What is not known has changed: everything is to be looked at anew. */
  readonly onGap: () => void;
}

/** What machines publish of themselves, as controls read it. */
export interface FollowedFacts {
  /** All of it, for who looks at everything; what changes from then on is told. */
  take(): ToldFacts;
  /** To be called as time goes: what was said long ago is not known any more. */
  tick(): void;
}

const keyOf = (object: KubeObject): string => `${kindKeyOf(object)} ${object.metadata.name ?? ""}`;

export function followFacts({ published, now, note, onGap }: FollowFactsOptions): FollowedFacts {
  let taken: ToldFacts | undefined;

  function tick(): void {
    if (taken === undefined) return;
    const told = toldFacts(published.list(), now());
    if (!isDeepStrictEqual(told.unread, taken.unread)) return onGap();
    const before = new Map(taken.objects.map((object) => [keyOf(object), object]));
    taken = told;
    for (const object of told.objects) {
      const was = before.get(keyOf(object));
      before.delete(keyOf(object));
      if (!isDeepStrictEqual(was, object)) note(object, false);
    }
    for (const gone of before.values()) note(gone, true);
  }

  published.onChange(tick);
  return {
    take: () => (taken = toldFacts(published.list(), now())),
    tick,
  };
}
