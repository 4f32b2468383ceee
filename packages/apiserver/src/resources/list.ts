import { StatusError } from "@bulkhead/api";
import { type ListView, type Store, type StoredObject, StoreError } from "@bulkhead/store";
import { expired } from "../request/errors.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";
import { type ListOptions, listRevision, selects, selectsEverything } from "./list-options.ts";
import type { ServedResource } from "./served-resource.ts";

/** A page of a list: what passed the selectors, and what the list's metadata says. */
export interface Page {
  readonly revision: number;
  readonly objects: readonly StoredObject[];
  readonly continue: string;
  readonly remaining: number | undefined;
}

const tooOldMessage =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

/** 410 with a token that goes on from the same place over what is there now. */
class ContinueExpired extends StatusError {
  readonly #token: string;

  constructor(token: string) {
    super({ reason: "Expired", message: tooOldMessage });
    this.#token = token;
  }

  override toStatus() {
    return { ...super.toStatus(), metadata: { continue: this.#token } };
  }
}

const tooLarge = (wanted: number, head: number): StatusError =>
  new StatusError({
    reason: "Timeout",
    message: `Timeout: Too large resource version: ${wanted}, current: ${head}`,
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  });

function view(store: Store, resource: ServedResource, namespace: string | undefined, options: ListOptions): ListView {
  const where = { group: resource.storageGroup, resource: resource.resource, namespace };
  if (options.continue !== "") {
    const token = decodeContinue(options.continue);
    const at = { ...where, after: token.after };
    if (token.revision < 0) return store.list(at);
    try {
      return store.list({ ...at, revision: token.revision });
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "compacted") throw error;
      throw new ContinueExpired(encodeContinue({ revision: -1, after: token.after }));
    }
  }
  const revision = listRevision(options.resourceVersion);
  if (revision === undefined || revision === 0) return store.list(where);
  if (revision > store.head) throw tooLarge(revision, store.head);
  const exact = options.resourceVersionMatch === "Exact" || (options.resourceVersionMatch === "" && options.limit > 0);
  if (!exact) return store.list(where);
  try {
    return store.list({ ...where, revision });
  } catch (error) {
    if (error instanceof StoreError && error.code === "compacted")
      throw expired("The resourceVersion for the provided list is too old.");
    throw error;
  }
}

/** One page, in one synchronous step: nothing can change in between. */
export function listPage(
  store: Store,
  resource: ServedResource,
  namespace: string | undefined,
  options: ListOptions,
): Page {
  const { revision, items } = view(store, resource, namespace, options);
  const objects: StoredObject[] = [];
  let more = 0;
  const all = selectsEverything(options);
  for (const object of items) {
    if (!all && !selects(options, object)) continue;
    if (options.limit > 0 && objects.length === options.limit) {
      more++;
      // With a selector upstream does not say how many remain; then one is enough to know that there are some.
      if (!all) break;
    } else objects.push(object);
  }
  const last = objects.at(-1);
  return {
    revision,
    objects,
    continue: more > 0 && last !== undefined ? encodeContinue({ revision, after: last.key }) : "",
    remaining: more > 0 && all ? more : undefined,
  };
}

/** `metadata` of a list as JSON. */
export function listMeta(page: Page): { resourceVersion: string; continue?: string; remainingItemCount?: number } {
  return {
    resourceVersion: String(page.revision),
    ...(page.continue === "" ? {} : { continue: page.continue }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
}
