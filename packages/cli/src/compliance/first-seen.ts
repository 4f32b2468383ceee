import type { OpenReport } from "@bulkhead/api";
import { hasReason, openClusterReports, openReports } from "@bulkhead/client";
import type { Cluster } from "../instance/cluster.ts";

/** Since when findings are there, as the posture controller wrote it down; undefined: nobody did, and why is noted. */
export async function firstSeen(
  { client }: Pick<Cluster, "client">,
  notLooked: string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  try {
    const [inNamespaces, inNone] = await Promise.all([
      client.list<OpenReport>(openReports),
      client.list<OpenReport>(openClusterReports),
    ]);
    const ours = [...inNamespaces.items, ...inNone.items].filter(
      ({ metadata }) => metadata.name === "bulkhead-posture",
    );
    if (ours.length === 0) {
      notLooked.push("Since when findings are there: no posture controller has written it down.");
      return undefined;
    }
    return new Map(
      ours.flatMap(({ results = [] }) =>
        results.flatMap(({ properties, timestamp }) =>
          properties?.["finding"] === undefined || timestamp === undefined
            ? []
            : [[properties["finding"], timestamp.seconds * 1000] as const],
        ),
      ),
    );
  } catch (error) {
    if (!hasReason(error, "NotFound", "Forbidden")) throw error;
    notLooked.push(`Since when findings are there: ${error.message}.`);
    return undefined;
  }
}
