import { formatImageReference } from "@bulkhead/policy";
import type { TagSource, WorkloadImage } from "./ports.ts";

/** A registry's answers, kept until `forget` or so many milliseconds: many workloads follow one repository. */
export interface RememberedTags extends TagSource {
  /** What was answered before that moment is asked for anew. */
  forget(before: number): void;
}

/** What was answered with one's pull secrets is no answer to another namespace, nor to who names others. */
const asker = ({ puller }: WorkloadImage): string =>
  puller === undefined ? "" : `${puller.namespace} ${puller.secrets} `;

export function rememberTags(source: TagSource, keep: number, now: () => number): RememberedTags {
  const answers = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();
  const kept = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = answers.get(key);
    if (known !== undefined && now() - known.at < keep) return known.answer as Promise<T>;
    const answer = ask();
    const entry = { at: now(), answer };
    answers.set(key, entry);
    answer.catch(() => {
      if (answers.get(key) === entry) answers.delete(key);
    });
    return answer;
  };
  return {
    tags: (image) => kept(`${asker(image)}${image.registry}/${image.repository}`, () => source.tags(image)),
    digest: (image) => kept(`${asker(image)}${formatImageReference(image)}`, () => source.digest(image)),
    forget(before) {
      for (const [key, { at }] of answers) if (at < before) answers.delete(key);
    },
  };
}
