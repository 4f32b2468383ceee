import { isDeepStrictEqual } from "node:util";
import type { ObjectName, OpenReport } from "@bulkhead/api";
import { type Client, hasReason, type Resource } from "@bulkhead/client";

/**
 * Writes a report where it differs from what is there, and deletes it where `planned` is undefined. Throws where it
 * cannot be written: `NotFound` where OpenReports is not served or the namespace is gone.
 */
export async function keepReport(
  client: Client,
  resource: Resource<OpenReport>,
  name: ObjectName,
  planned: OpenReport | undefined,
): Promise<void> {
  const there = await client.get(resource, name).catch((error: unknown) => {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  });
  if (planned === undefined) {
    if (there !== undefined) await client.delete(resource, name);
  } else if (there === undefined) await client.create(resource, planned);
  else if (!isDeepStrictEqual(contentOf(there), contentOf(planned)))
    await client.update(resource, {
      ...planned,
      metadata: { ...planned.metadata, resourceVersion: there.metadata.resourceVersion },
    });
}

/** What of a report is ours, for comparing. */
const contentOf = ({
  metadata: { labels, annotations },
  source,
  scope,
  configuration,
  summary,
  results,
}: OpenReport) => ({
  labels,
  annotations,
  source,
  scope,
  configuration,
  summary,
  results,
});
