import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "@bulkhead/api";
import { type Client, hasReason, type Resource } from "@bulkhead/client";

/** What stands in the API under a machine's name; undefined: nothing yet. */
export async function publishedAs<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  name: string,
): Promise<T | undefined> {
  return client.get(resource, { namespace: "", name }).catch((error: unknown) => {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  });
}

/** Puts an object in the place of the one that is there; gives what stands there then. */
export const publish = <T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  there: T | undefined,
  planned: T,
): Promise<T> =>
  there === undefined
    ? client.create(resource, planned)
    : client.update(resource, { ...planned, metadata: there.metadata });

interface Timed {
  /** RFC 3339. */
  readonly lookedAt: string;
}

/** Whether something else is said than before, or that was said so many milliseconds ago. */
export function isNews<T extends Timed>(said: T | undefined, says: T, sayAgain: number): boolean {
  if (said === undefined || Date.parse(says.lookedAt) - Date.parse(said.lookedAt) >= sayAgain) return true;
  return !isDeepStrictEqual({ ...said, lookedAt: "" }, JSON.parse(JSON.stringify({ ...says, lookedAt: "" })));
}
