import type { Pod, PodCondition } from "@bulkhead/api";
import { type Client, hasReason, resources } from "@bulkhead/client";

/** Writes conditions of that very pod; false: it is gone, or another has its name, and nothing was written. */
export async function writePodConditions(
  client: Client,
  { metadata: { namespace = "", name = "", uid } }: Pod,
  conditions: readonly PodCondition[],
): Promise<boolean> {
  try {
    await client.patch(
      resources.pods,
      { namespace, name },
      "strategic",
      { metadata: { uid }, status: { conditions } },
      { subresource: "status" },
    );
    return true;
  } catch (error) {
    if (hasReason(error, "NotFound", "Conflict")) return false;
    throw error;
  }
}
