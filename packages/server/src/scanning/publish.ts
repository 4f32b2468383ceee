import { isDeepStrictEqual } from "node:util";
import { type ImageReport, type ImageReportSummary, imageReportName } from "@bulkhead/api";
import { type Client, hasReason, imageReports } from "@bulkhead/client";
import type { ReportStore } from "./report-store.ts";
import type { RunningImage } from "./running-images.ts";
import { type ReportContext, reportObject, summaryOf } from "./summary.ts";

/** Keeps the ImageReports of the API as the reports are. */
export interface ReportPublisher {
  publish(
    running: ReadonlyMap<string, RunningImage>,
    store: ReportStore,
    failureOf: (digest: string) => string | undefined,
  ): Promise<void>;
  remove(digest: string): Promise<void>;
}

const name = (digest: string) => ({ namespace: "", name: imageReportName(digest) });

/** Writes what differs from what was written last; what this process has not written yet it reads first. */
export function createReportPublisher(options: {
  readonly client: Client;
  /** Names of namespaces where an image was let run before, sorted. */
  readonly ranIn: (digest: string) => readonly string[];
  /** What else stands in an image's report; absent: nothing. */
  readonly contextOf?: (digest: string) => ReportContext;
}): ReportPublisher {
  const { client, ranIn } = options;
  /** What an object was made from, in a few bytes. */
  const written = new Map<string, string>();
  let listed = false;

  /** What an agent before us published and runs no more must not stand as running. */
  async function learn(): Promise<void> {
    if (listed) return;
    for (const { report } of (await client.list(imageReports)).items)
      if (report.images.length > 0) written.set(report.digest, "");
    listed = true;
  }

  async function write(summary: ImageReportSummary): Promise<void> {
    const wanted = reportObject(summary);
    let there: ImageReport;
    try {
      there = await client.get(imageReports, name(summary.digest));
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      await client.create(imageReports, wanted);
      return;
    }
    if (!isDeepStrictEqual(there.report, wanted.report))
      await client.update(imageReports, { ...there, report: summary });
  }

  return {
    async publish(running, store, failureOf) {
      await learn();
      const all = new Map(running);
      // What ended since is shown as running no more.
      for (const digest of written.keys()) if (!all.has(digest)) all.set(digest, { digest, names: [], namespaces: [] });
      for (const [digest, image] of all) {
        const failure = failureOf(digest)?.slice(0, 2048);
        const before = ranIn(digest);
        const context = options.contextOf?.(digest) ?? {};
        const stamp = JSON.stringify([await stampOf(image, store, failure), before, context]);
        if (written.get(digest) === stamp) continue;
        await write(summaryOf(image, await store.kept(digest), failure, before, context));
        if (image.names.length === 0) written.delete(digest);
        else written.set(digest, stamp);
      }
    },
    async remove(digest) {
      written.delete(digest);
      await client.delete(imageReports, name(digest)).catch((error: unknown) => {
        if (!hasReason(error, "NotFound")) throw error;
      });
    },
  };
}

const stampOf = async (image: RunningImage, store: ReportStore, failure: string | undefined): Promise<string> =>
  JSON.stringify([image.names, image.namespaces, failure, await store.writtenAt(image.digest)]);
