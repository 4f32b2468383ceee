import type { KubeObject, PostureFacts, PublishedFacts } from "@bulkhead/api";
import { factsVersion } from "../snapshot/facts.ts";
import { factsKinds } from "../snapshot/kinds.ts";
import type { UnreadKind } from "../snapshot/object-set.ts";

/** What machines say of themselves, as objects of a snapshot, and the kinds of which not all is known. */
export interface ToldFacts {
  readonly objects: readonly KubeObject[];
  readonly unread: readonly UnreadKind[];
}

/** What was said longer ago than so many milliseconds is not known any more; the machine says it anew every hour. */
const believed = 3 * 3_600_000;
/** So far clocks may differ. */
const ahead = 5 * 60_000;

const group = factsVersion.slice(0, factsVersion.indexOf("/") + 1);
const isFacts = ({ kind }: PublishedFacts): boolean => factsKinds.some(({ key }) => key === group + kind);

/** What is gathered of a machine, in the form in which it is published. */
export function factsToPublish({ objects, unread }: ToldFacts, lookedAt: string): PostureFacts["told"] {
  return {
    lookedAt,
    objects: objects.map((object) => ({
      kind: object.kind,
      name: object.metadata.name ?? "",
      facts: (object as KubeObject & { readonly facts: PublishedFacts["facts"] }).facts,
    })),
    unread: unread.map(({ kind, why }) => ({ kind, why })),
  };
}

/** The way back: what all machines have published, as far as it counts at a moment. `now` in milliseconds. */
export function toldFacts(published: readonly PostureFacts[], now: number): ToldFacts {
  const objects: KubeObject[] = [];
  const unread: UnreadKind[] = [];
  for (const { metadata, told } of published) {
    const age = now - Date.parse(told.lookedAt);
    const name = metadata.name ?? "";
    const counts = age <= believed && age >= -ahead;
    const found = counts ? told.objects.filter(isFacts) : [];
    objects.push(
      ...found.map(({ kind, name: of, facts }) => ({ apiVersion: factsVersion, kind, metadata: { name: of }, facts })),
    );
    const silent = counts
      ? `machine ${name} does not tell of it`
      : `machine ${name} told of itself at ${told.lookedAt}, and not since`;
    for (const { key } of factsKinds) {
      const said = told.unread.find(({ kind }) => kind === key)?.why;
      if (counts && said !== undefined) unread.push({ kind: key, why: said });
      else if (!found.some(({ kind }) => group + kind === key)) unread.push({ kind: key, why: silent });
    }
  }
  if (published.length > 0) return { objects, unread };
  const why = "no machine tells of itself; ask there with bulkhead posture, as root";
  return { objects, unread: factsKinds.map(({ key }) => ({ kind: key, why })) };
}
