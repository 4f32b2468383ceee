import type { OpenReport } from "@bulkhead/api";

/** The name of the posture's Report in a namespace, and of the ClusterReport about what is in none. */
export const postureReportName = "bulkhead-posture";

/** Since when each finding of a written report is there, in milliseconds since the epoch, by its id. */
export function seenIn(report: OpenReport): [id: string, since: number][] {
  return (report.results ?? []).flatMap(({ properties, timestamp }) => {
    const id = properties?.["finding"];
    return id === undefined || timestamp === undefined ? [] : [[id, timestamp.seconds * 1000]];
  });
}
