import { postureReportName, seenIn } from "@bulkhead/analysis";
import { hasReason, openClusterReports, openReports } from "@bulkhead/client";
import type { Cluster } from "../instance/cluster.ts";

const about = "Since when findings are there";

/** Since when findings are there, as the posture controller wrote it down; undefined: nobody did, and why is noted. */
export async function firstSeen(
  { client }: Pick<Cluster, "client">,
  notLooked: string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  let refused = false;
  const lists = await Promise.all(
    [openReports, openClusterReports].map(async (resource) => {
      try {
        return (await client.list(resource)).items;
      } catch (error) {
        if (!hasReason(error, "NotFound", "Forbidden")) throw error;
        if (error.reason === "NotFound") return [];
        refused = true;
        notLooked.push(`${about}: ${error.message}.`);
        return [];
      }
    }),
  );
  const ours = lists.flat().filter(({ metadata }) => metadata.name === postureReportName);
  if (ours.length > 0) return new Map(ours.flatMap(seenIn));
  if (!refused) notLooked.push(`${about}: no posture controller has written it down.`);
  return undefined;
}
